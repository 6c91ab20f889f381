"""The mail of an invitation: HTML and plain text from the same words, with the eleven links of the scale."""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from enum import StrEnum

from flask import render_template
from flask_babel import force_locale

from config import Settings
from feedback.egress.letters import Heading, build_mail, sender_of
from feedback.listening.rules.states import MailKind
from feedback.web.languages import LANGUAGES

SCORES = range(11)


class MailForm(StrEnum):
    """Which page a mail leads to, and the template it is drawn with."""

    SURVEY = "survey"
    VERDICT = "verdict"


_PAGE = {MailForm.SURVEY: "s", MailForm.VERDICT: "v"}


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything a mail says. `words` are those of `texts.words`; `base_url` without a slash at its end."""

    to: str
    language: str
    words: dict[str, str]
    kind: MailKind
    base_url: str
    token: str
    message_id: str
    queued_at: datetime
    company: str = ""  # who asks
    reply_to: str = ""  # who gets the answer where no setting names somebody
    sample: str = ""  # of a sample: where its links lead instead, so that none of them counts
    form: MailForm = MailForm.SURVEY
    preferences: str = ""  # the person's preference centre

    @property
    def link(self) -> str:
        """The survey page, or the one that asks whether it is solved."""
        return self.sample or f"{self.base_url}/{_PAGE[self.form]}/{self.token}"

    @property
    def trap(self) -> str | None:
        """What only a machine follows; a sample needs none."""
        return None if self.sample else f"{self.link}/about"

    def score_link(self, score: int) -> str:
        """The survey page with a number chosen."""
        return f"{self.link}{'&' if '?' in self.link else '?'}score={score}"

    def answer_link(self, verdict: str) -> str:
        """The page that asks whether it is solved, with an answer chosen."""
        return f"{self.link}?answer={verdict}"

    @property
    def unsubscribe_link(self) -> str:
        """The page that stops these mails; a POST to it does so at once (RFC 8058)."""
        return self.sample or f"{self.base_url}/u/{self.token}"


def compose(letter: Letter, settings: Settings) -> EmailMessage:
    """Make the mail. A second one of the same letter is the same mail to the last byte.

    Raises:
        MailRefused: the address is not valid.
    """
    way_out = {
        "List-Unsubscribe": f"<{letter.unsubscribe_link}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    heading = Heading(
        sender=sender_of(settings.mail_from, settings.company_name),
        to=letter.to,
        subject=letter.words["subject"],
        message_id=letter.message_id,
        sent_at=letter.queued_at,
        reply_to=settings.mail_reply_to or letter.reply_to,
        extra=({} if letter.sample else way_out) | {"Content-Language": letter.language},
    )
    drawn = draw(letter)
    return build_mail(heading, text=drawn.text, html=drawn.html)


@dataclass(frozen=True, slots=True)
class Drawn:
    """The two forms of a mail."""

    html: str
    text: str


def draw(letter: Letter) -> Drawn:
    """HTML and plain text, in the language of the letter."""
    base = letter.language.partition("-")[0]
    with force_locale(base if base in LANGUAGES else "en"):
        html = render_template(f"mail/{letter.form}.html", letter=letter, scores=SCORES)
        return Drawn(html, render_template(f"mail/{letter.form}.txt", letter=letter, scores=SCORES))
