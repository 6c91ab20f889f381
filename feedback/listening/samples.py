"""A mail as it will look, before anybody gets it; and one of them sent to the person who asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _

from feedback.access.models import User
from feedback.egress.letters import MailRefused, message_id
from feedback.egress.smtp import Mailer, ServerUnavailable
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import NotFound, RuleViolation
from feedback.listening.compose import Drawn, Letter, compose, draw
from feedback.listening.rules.states import MailKind
from feedback.outbox.delivery import Message, NotNow, Undeliverable
from feedback.outbox.service import enqueue
from feedback.outer_loop.said import paragraph
from feedback.surveys.models import SurveyVersion
from feedback.surveys.programs import get_program, latest_version
from feedback.surveys.texts import choose_language, words
from feedback.uow import end_reading

KIND = "send_sample"
NUMBERS = (0, 1, 2)  # the invitation and its reminders


@dataclass(frozen=True, slots=True)
class Sample:
    """Which mail of a program. `version_id` None: the newest texts."""

    program_id: int
    number: int = 0
    language: str | None = None
    version_id: int | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """How it looks, and in which language it goes out to somebody who reads the one that was asked for."""

    number: int
    kind: MailKind
    language: str
    subject: str
    drawn: Drawn


def show(sample: Sample) -> Shown:
    """Draw it; its links lead to the preview of the survey page.

    Raises:
        NotFound: there is no such program, or version of it.
    """
    letter = _letter(sample, to="")
    return Shown(sample.number, letter.kind, letter.language, letter.words["subject"], draw(letter))


def request_sample(sample: Sample, user_id: int | None) -> str:
    """Send it to a person who works here; answers their address. Call inside `transaction()`.

    Raises:
        NotFound: there is no such program or version.
        RuleViolation: it is no person, or no mail server is set.
    """
    _letter(sample, to="")
    if not current_app.extensions["closedloop_settings"].smtp_url:
        raise RuleViolation(_("No mail server is set (CLOSEDLOOP_SMTP_URL)."))
    address = db.session.scalar(sa.select(User.email).where(User.id == user_id))
    if address is None:
        raise RuleViolation(_("A test mail goes to the person who asks for it, and this token belongs to nobody."))
    chosen = {name: getattr(sample, name) for name in Sample.__slots__}
    enqueue(KIND, f"sample:{user_id}:{clock.now().isoformat()}", {"user_id": user_id, "sample": chosen})
    return str(address)


def send_sample(mailer: Mailer, messages: Sequence[Message]) -> None:
    """Mail `send_sample` messages.

    Raises:
        Undeliverable: the address or the server refuses it for good, or the program is gone.
        NotNow: no mail can leave at the moment.
    """
    settings = current_app.extensions["closedloop_settings"]
    for message in messages:
        address = db.session.scalar(sa.select(User.email).where(User.id == message.payload["user_id"], User.active))
        if address is None:
            continue
        try:
            mail = compose(_letter(Sample(**message.payload["sample"]), to=address, key=message.key), settings)
            end_reading()
            mailer.send(mail)
        except (MailRefused, NotFound) as error:
            raise Undeliverable(str(error)) from error
        except ServerUnavailable as error:
            raise NotNow(str(error)) from error


def _letter(sample: Sample, *, to: str, key: str = "sample") -> Letter:
    settings, program = current_app.extensions["closedloop_settings"], get_program(sample.program_id)
    version = _version(sample)
    texts = version.texts if version else {}
    language = choose_language(sample.language, texts, program.fallbacks)
    own, base_url = words(language, texts), settings.base_url
    own["news"] = own["news"] or paragraph(language, clock.now())
    if to:
        own["subject"] = _("[Test] %(subject)s", subject=own["subject"])
    return Letter(
        to=to,
        language=language,
        words=own,
        kind=MailKind.REMINDER if sample.number else MailKind.INVITATION,
        base_url=base_url,
        token="",
        message_id=message_id(settings.secret_key.get_secret_value(), key, settings.mail_from),
        queued_at=clock.now(),
        company=settings.company_name,
        sample=f"{base_url}/programs/{program.id}/preview?{urlencode({'language': language})}",
    )


def _version(sample: Sample) -> SurveyVersion | None:
    if sample.version_id is None:
        return latest_version(sample.program_id)
    version = db.session.get(SurveyVersion, sample.version_id)
    if version is None or version.survey_id != sample.program_id:
        raise NotFound
    return version
