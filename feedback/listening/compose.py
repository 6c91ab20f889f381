"""The mail of an invitation: HTML and plain text from the same words, with the eleven links of the scale."""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

from flask import render_template
from flask_babel import force_locale

from feedback import egress
from feedback.listening.rules.states import MailKind
from feedback.web.languages import LANGUAGES

SCORES = range(11)


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything a mail says. `words` are those of `texts.words`; `base_url` without a slash at its end."""

    to: str
    language: str
    words: dict[str, str]
    kind: MailKind
    base_url: str
    token: str
    key: str
    queued_at: datetime

    @property
    def link(self) -> str:
        """The survey page."""
        return f"{self.base_url}/s/{self.token}"

    @property
    def unsubscribe_link(self) -> str:
        """The page that stops these mails; a POST to it does so at once (RFC 8058)."""
        return f"{self.base_url}/u/{self.token}"


def compose(letter: Letter, *, sender: str) -> EmailMessage:
    """Make the mail. A second one of the same key has the same Message-ID and the same links.

    Raises:
        egress.MailRefused: the address is not valid.
    """
    base = letter.language.partition("-")[0]
    with force_locale(base if base in LANGUAGES else "en"):
        html = render_template("mail/survey.html", letter=letter, scores=SCORES)
        text = render_template("mail/survey.txt", letter=letter)
    return egress.build_mail(
        sender=sender,
        to=letter.to,
        subject=letter.words["subject"],
        text=text,
        html=html,
        key=letter.key,
        sent_at=letter.queued_at,
        headers={
            "List-Unsubscribe": f"<{letter.unsubscribe_link}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Content-Language": letter.language,
        },
    )
