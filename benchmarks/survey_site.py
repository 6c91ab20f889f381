"""An installation with personal links, served as users run it (`closedloop up`), and what became of each link."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import Flask

from benchmarks.answers_over_http import free_port, wait_until_up
from config import Settings
from feedback.accounts.models import Account, AccountContact, Contact
from feedback.accounts.rules import AccountStatus, ContactRole, ValueTier
from feedback.bare_app import create_bare_app
from feedback.kernel import clock
from feedback.surveys.models import Invitation, SurveyProgram
from feedback.surveys.rules import InvitationState
from feedback.surveys.tokens import random_token, token_digest
from feedback.uow import transaction

SECRET = "for measurements only " * 2
_CHUNK = 2000


@dataclass
class Site:
    """A running installation. `app` reads and writes its database beside the server."""

    address: str
    port: int
    app: Flask
    pid: int


@contextmanager
def site(database_url: str = "", folder: str = "") -> Iterator[Site]:
    """Start one in a folder of its own, without the demo; end it with what it started."""
    with tempfile.TemporaryDirectory(prefix="closedloop-bench-") as temporary:
        where = folder or temporary
        port = free_port()
        own = {"CLOSEDLOOP_DATA_DIR": where, "CLOSEDLOOP_SECRET_KEY": SECRET, "DATABASE_URL": database_url}
        command = [sys.executable, "-m", "feedback", "up", "--no-demo", "--port", str(port)]
        process = subprocess.Popen(
            command, env={**os.environ, **own}, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            wait_until_up(f"http://127.0.0.1:{port}/healthz", process)
            app = create_bare_app(Settings(DATABASE_URL=database_url, data_dir=Path(where), secret_key=SECRET))
            yield Site(f"http://127.0.0.1:{port}", port, app, process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def make_links(app: Flask, count: int, label: str) -> list[str]:
    """So many people who were asked by mail; their tokens."""
    tokens = [random_token() for _ in range(count)]
    with app.app_context():
        for start in range(0, count, _CHUNK):
            _make(tokens[start : start + _CHUNK], f"{label}-{start}")
    return tokens


def _make(tokens: list[str], label: str) -> None:
    now = clock.now()
    with transaction() as session:
        survey_id = session.scalar(sa.select(SurveyProgram.id).where(SurveyProgram.code == "relationship"))
        common = {"created_at": now, "updated_at": now}
        account = {"external_id": label, "name": label, "value_tier": ValueTier.B, "status": AccountStatus.ACTIVE}
        account_id = session.execute(sa.insert(Account).values(**account, **common).returning(Account.id)).scalar_one()
        people = [{"external_id": f"{label}-{n}", "name": f"Person {n}", "language": "en", **common} for n in range(len(tokens))]
        ids = list(session.scalars(sa.insert(Contact).returning(Contact.id, sort_by_parameter_order=True), people))
        role = {"account_id": account_id, "role": ContactRole.USER, "role_guessed": False, "since": now}
        session.execute(sa.insert(AccountContact), [{**role, "contact_id": one} for one in ids])
        asked = {"account_id": account_id, "survey_id": survey_id, "state": InvitationState.SENT, "created_by": "bench"}
        asked |= {"created_at": now, "sent_at": now, "expires_at": now + timedelta(days=60)}
        rows = [{**asked, "contact_id": one, "token_digest": token_digest(token)} for one, token in zip(ids, tokens, strict=True)]
        session.execute(sa.insert(Invitation), rows)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name == "href" and value]


def mail_paths(app: Flask) -> list[str]:
    """The addresses of all links in a survey mail as it is sent, in their order; `{token}` stands for the token."""
    from feedback.listening.compose import Letter, draw
    from feedback.listening.rules.states import MailKind
    from feedback.surveys.texts import words

    with app.test_request_context():
        letter = Letter(
            to="ana@example.com",
            language="en",
            words=words("en", {}),
            kind=MailKind.INVITATION,
            base_url="http://example.com",
            token="TOKEN",
            message_id="<bench@example.com>",
            queued_at=clock.now(),
        )
        parser = _Links()
        parser.feed(draw(letter).html)
    parts = [urlsplit(link) for link in parser.found]
    paths = [part.path + (f"?{part.query}" if part.query else "") for part in parts]
    return [path.replace("TOKEN", "{token}") for path in paths if "TOKEN" in path]
