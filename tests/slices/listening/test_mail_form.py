"""Every mail as it arrives: signed, with a way out, in two forms, and nobody can add a header or a recipient."""

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import dkim
import pytest
from flask import Flask

from config import Settings
from feedback.egress.dkim import SIGNED, UnusableKey, are_aligned, read_signer
from feedback.egress.letters import Heading, MailRefused, address, build_mail, message_id, sender_of
from feedback.egress.smtp import Mailer
from feedback.egress.sources import Unusable, check_mail_settings
from feedback.kernel import clock
from feedback.listening.compose import Letter, compose, draw
from feedback.listening.rules.states import MailKind
from feedback.surveys.texts import words
from jobs import send_surveys
from tests.conftest import SECRET
from tests.factories import make_account
from tests.slices.listening.asking import ask, draw_up, start
from tests.smtp import Mailbox, mail_server

LONG_BASE = "https://feedback.a-rather-long-name-of-a-department.subsidiary.company.example/closedloop"
BREAKS = ["\r\n", "\n", "\r", "\n\r", "\x0b", "\x0c", "\x85", "\u2028", "\0\n", "=?utf-8?q?=0d=0a?="]
ADDED = [
    "Bcc: all@evil.example",
    "To: x@evil.example",
    "Cc: a@evil.example, b@evil.example",
    "\r\nbody",
    "Content-Type: text/html",
    "From: boss@company.example",
    "List-Unsubscribe: <https://evil.example>",
    "RCPT TO:<x@evil.example>",
    ".\r\nMAIL FROM:<x@evil.example>",
    "Reply-To: x@evil.example",
]
EVIL = [f"Hello{line}{header}" for line, header in product(BREAKS, ADDED)]


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("dkim") / "key.pem"
    subprocess.run(["openssl", "genrsa", "-out", str(file), "2048"], check=True, capture_output=True)
    return file


@pytest.fixture(scope="module")
def dns(key_file: Path) -> Iterator[dict[bytes, bytes]]:
    command = ["openssl", "rsa", "-in", str(key_file), "-pubout", "-outform", "PEM"]
    pem = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    public = "".join(line for line in pem.splitlines() if "-----" not in line)
    return {b"loop._domainkey.company.example.": f"v=DKIM1; k=rsa; p={public}".encode()}


def letter(**values: object) -> Letter:
    texts = words("en", {})
    given = {
        "to": "ana@customer.example",
        "language": "en",
        "words": texts,
        "kind": MailKind.INVITATION,
        "base_url": LONG_BASE,
        "token": "A" * 32,
        "message_id": message_id(SECRET, "k", "feedback@company.example"),
        "queued_at": datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
    }
    return Letter(**given | values)  # type: ignore[arg-type]


@pytest.fixture
def settings(app: Flask) -> Iterator[Settings]:
    with app.app_context():
        yield Settings(mail_from="Company feedback <feedback@company.example>", secret_key=SECRET)


def test_a_mail_is_signed_and_the_way_out_with_it(settings: Settings, key_file: Path, dns: dict[bytes, bytes]) -> None:
    with mail_server() as box, Mailer(box.url, read_signer("company.example", "loop", key_file)) as mailer:
        mailer.send(compose(letter(), settings), return_path="bounces@company.example")
    (raw,) = box.raw
    assert dkim.verify(raw, dnsfunc=lambda name, **_: dns.get(name))
    assert not dkim.verify(raw.replace(b"/u/", b"/x/", 1), dnsfunc=lambda name, **_: dns.get(name))
    (mail,) = box.mails
    signed = mail["DKIM-Signature"].replace(" ", "").split("h=")[1].split(";")[0].lower().split(":")
    assert {name.lower() for name in SIGNED} <= set(signed)
    assert mail["List-Unsubscribe"] == f"<{LONG_BASE}/u/{'A' * 32}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"List-Unsubscribe: <{LONG_BASE}/u/".encode() in raw  # in one piece on the wire: mail programs read it raw
    assert str(mail["From"]) == "Company feedback <feedback@company.example>"


def test_the_lines_of_an_invitation_stay_lines_in_both_forms(settings: Settings) -> None:
    drawn = draw(letter(words=words("en", {"en": {"invitation": "First <line>.\r\n\r\nSecond."}})))
    assert "First &lt;line&gt;.<br><br>Second." in drawn.html
    assert "First <line>." in drawn.text


def test_both_forms_have_a_link_for_each_of_the_eleven_numbers(settings: Settings) -> None:
    drawn = draw(letter())
    for score in range(11):
        link = f"{LONG_BASE}/s/{'A' * 32}?score={score}"
        assert f'"{link}"' in drawn.html
        assert f"{score:2d}  {link}" in [line[: len(link) + 4] for line in drawn.text.splitlines()]


@pytest.mark.parametrize("company", ["", "Acme <Insurance> Ltd, Berlin"])
def test_both_forms_say_who_asks_where_the_company_has_a_name(settings: Settings, company: str) -> None:
    drawn = draw(letter(company=company))
    assert ("Acme &lt;Insurance&gt; Ltd, Berlin" in drawn.html, drawn.text.rstrip().endswith("Ltd, Berlin")) == (
        bool(company),
    ) * 2


def test_both_forms_say_the_same(settings: Settings) -> None:
    news = "You waited too long for claims; now half of them are paid within a week."
    mail = compose(letter(words=words("en", {"en": {"news": news}})), settings)
    text, html = (mail.get_body((form,)).get_content() for form in ("plain", "html"))  # type: ignore[union-attr]
    for part in (text, html):
        assert news in part
        assert "You said, we did" in part
        assert f"{LONG_BASE}/s/{'A' * 32}" in part
        assert f"{LONG_BASE}/u/{'A' * 32}" in part
    assert "<style" not in html
    assert "<img" not in html
    assert mail.get_content_type() == "multipart/alternative"


@pytest.mark.parametrize("language", ["en", "es", "ru"])
def test_the_news_of_the_language_is_in_both_forms(settings: Settings, language: str) -> None:
    texts = {code: {"news": f"news in {code}"} for code in ("en", "es", "ru")}
    mail = compose(letter(language=language, words=words(language, texts)), settings)
    parts = [mail.get_body((form,)).get_content() for form in ("plain", "html")]  # type: ignore[union-attr]
    assert [f"news in {language}" in part for part in parts] == [True, True]
    assert mail["Content-Language"] == language


def test_a_repeat_is_the_same_to_the_last_byte(settings: Settings) -> None:
    assert compose(letter(), settings).as_bytes() == compose(letter(), settings).as_bytes()


def test_a_message_id_cannot_be_told_without_the_secret() -> None:
    ids = {message_id(secret, "survey-mail:1:0", "a@company.example") for secret in (SECRET, SECRET + "x")}
    assert len(ids) == 2
    assert all(one.endswith("@company.example>") for one in ids)


def test_a_hundred_strings_add_no_header_and_no_recipient(settings: Settings) -> None:
    plain = compose(letter(), settings)
    with mail_server() as box, Mailer(box.url) as mailer:
        for evil in EVIL:
            mailer.send(
                compose(letter(words=words("en", {"en": dict.fromkeys(("subject", "greeting", "news"), evil)})), settings)
            )
    assert len(box.mails) == len(EVIL) == 100
    assert {tuple(sorted(mail.keys())) for mail in box.mails} == {tuple(sorted(plain.keys()))}
    assert set(box.recipients) == {"ana@customer.example"}
    assert {str(mail["To"]) for mail in box.mails} == {"ana@customer.example"}


@pytest.mark.parametrize("evil", [f"a@b.example{line}{header}" for line, header in product(BREAKS[:9], ADDED)])
def test_an_address_with_more_in_it_is_refused(settings: Settings, evil: str) -> None:
    with pytest.raises(MailRefused):
        compose(letter(to=evil), settings)


def test_a_name_beside_the_sender_cannot_break_out() -> None:
    heading = Heading('"Evil, Inc" <a@company.example>', "b@c.example", "s", "<x@y>", clock.now())
    mail = build_mail(heading, text="x")
    assert [address.addr_spec for address in mail["From"].addresses] == ["a@company.example"]


def test_a_domain_beyond_ascii_is_written_as_mail_servers_know_it(settings: Settings) -> None:
    assert str(compose(letter(to="ana@müller.example"), settings)["To"]) == "ana@xn--mller-kva.example"


def test_waves_sign_too(post: Mailbox, app: Flask, key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = app.extensions["closedloop_settings"]
    names = {"dkim_domain": "company.example", "dkim_selector": "loop", "dkim_key_file": key_file}
    for name, value in (names | {"mail_from": "x@company.example", "bounce_address": "back+*@company.example"}).items():
        monkeypatch.setattr(settings, name, value)
    ask(make_account())
    send_at = start(draw_up()).asked[0].planned.send_at
    assert send_at is not None
    with clock.frozen(send_at):
        send_surveys.send()
    (mail,) = post.mails
    assert "d=company.example" in mail["DKIM-Signature"]
    assert post.senders == [f"back+{mail['Message-ID'][1:41]}@company.example"]


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"dkim_domain": "company.example"}, "all three"),
        ({"mail_from": "a@company.example", "bounce_address": "b@other.example"}, "do not belong together"),
        ({"mail_from": "nobody"}, "CLOSEDLOOP_MAIL_FROM"),
        ({"mail_reply_to": "a b"}, "CLOSEDLOOP_MAIL_REPLY_TO"),
    ],
)
def test_settings_that_contradict_themselves_are_refused_at_the_start(values: dict[str, str], complaint: str) -> None:
    with pytest.raises(Unusable, match=complaint):
        check_mail_settings(Settings(**values))  # type: ignore[arg-type]


def test_a_key_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("hello")
    for file in ("key", "absent"):
        with pytest.raises(UnusableKey, match=file):
            read_signer("company.example", "loop", tmp_path / file)


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("company.example", "company.example", True),
        ("mail.company.example", "company.example", True),
        ("company.example", "bounce.company.example", True),
        ("mycompany.example", "company.example", False),
        ("company.example", "company.test", False),
    ],
)
def test_domains_belong_together(one: str, other: str, together: bool) -> None:
    assert are_aligned(one, other) is together


@pytest.mark.parametrize(
    ("mail_from", "company", "shown"),
    [
        ("a@x.example", "Seguros Ibéricos, S.A.", '"Seguros Ibéricos, S.A." <a@x.example>'),
        ("a@x.example", 'The "best"\r\nBcc: b@x.example', "\"The 'best' Bcc: b@x.example\" <a@x.example>"),
        ("Care <a@x.example>", "Acme", "Care <a@x.example>"),
        ("a@x.example", "", "a@x.example"),
    ],
)
def test_a_mail_is_from_the_company_where_its_address_names_nobody(mail_from: str, company: str, shown: str) -> None:
    sender = address(sender_of(mail_from, company))
    assert (sender.addr_spec, str(sender)) == ("a@x.example", str(address(shown)))
    assert "\n" not in str(sender)
