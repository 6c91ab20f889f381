"""The local catcher: keeps mails, shows them to those who may, and does not exist beside a real mail server."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.cli.catcher import MailCatcher
from feedback.egress.letters import Heading, build_mail
from feedback.egress.smtp import Mailer
from feedback.kernel import clock
from feedback.outbox.caught import MailFolder
from tests.factories import make_user
from tests.logins import as_user


@pytest.fixture
def catcher(tmp_path: Path, app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailCatcher]:
    caught = MailCatcher(tmp_path / "mails")
    monkeypatch.setattr(app.extensions["closedloop_settings"], "caught_mail_dir", tmp_path / "mails")
    yield caught
    caught.stop()


HTML = "<html><head></head><body><a href='/s/x'>9</a></body></html>"


def send(url: str, subject: str = "Hello", html: str | None = HTML) -> None:
    heading = Heading("feedback@company.example", "ana@customer.example", subject, "<1@company.example>", clock.now())
    with Mailer(url) as mailer:
        mailer.send(build_mail(heading, text=".dots\n..stay", html=html))


def test_a_mail_is_kept_as_it_was(catcher: MailCatcher, tmp_path: Path) -> None:
    send(catcher.url, "Приветствие " * 20)
    (mail,) = MailFolder(tmp_path / "mails").page(offset=0, limit=10)
    assert (mail.to, mail.subject) == ("ana@customer.example", ("Приветствие " * 20).strip())
    assert mail.text == ".dots\n..stay\n"
    assert ("Message-ID", "<1@company.example>") in mail.headers


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    folder = MailFolder(tmp_path, kept=3)
    for number in range(5):
        folder.keep(f"Subject: {number}\r\n\r\nx".encode())
    assert folder.numbers() == [5, 4, 3]
    assert [mail.subject for mail in folder.page(offset=1, limit=5)] == ["3", "2"]


def person(app: Flask, client: FlaskClient, role: Role) -> FlaskClient:
    with app.app_context():
        return as_user(client, make_user(role))


@pytest.mark.parametrize("role", list(Role))
def test_who_may_look(app: Flask, client: FlaskClient, catcher: MailCatcher, role: Role) -> None:
    send(catcher.url)
    may = role in {Role.EXPERIENCE_MANAGER, Role.ADMIN}
    browser = person(app, client, role)
    assert browser.get("/mails/1.html").status_code == (200 if may else 403)
    assert ("Hello" in browser.get("/app/mails").text) is may


def test_the_frame_runs_nothing_and_its_links_work(app: Flask, client: FlaskClient, catcher: MailCatcher) -> None:
    send(catcher.url)
    answer = person(app, client, Role.ADMIN).get("/mails/1.html")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups" in policy
    assert "script" not in policy
    assert (answer.headers["X-Frame-Options"], '<base target="_blank">' in answer.text) == ("SAMEORIGIN", True)


def test_beside_a_real_mail_server_there_is_no_such_page(app: Flask, client: FlaskClient) -> None:
    browser = person(app, client, Role.ADMIN)
    assert browser.get("/mails/1.html").status_code == 404
    assert "What would have been sent" not in browser.get("/app/mails").text


def test_a_mail_without_html_has_no_frame(app: Flask, client: FlaskClient, catcher: MailCatcher) -> None:
    send(catcher.url, html=None)
    browser = person(app, client, Role.ADMIN)
    assert browser.get("/mails/1.html").status_code == 404
    assert browser.get("/app/mails/1").status_code == 200


def test_it_starts_and_stops_where_another_loop_runs(tmp_path: Path) -> None:
    async def inside() -> str:
        caught = MailCatcher(tmp_path / "more")
        url = caught.url
        caught.stop()
        return url

    with ThreadPoolExecutor(1) as elsewhere:
        assert elsewhere.submit(lambda: asyncio.run(inside())).result().startswith("smtp://127.0.0.1:")
