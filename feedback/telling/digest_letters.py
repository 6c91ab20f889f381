"""A digest as a letter: grouped by customer and, within one, by matter, with what is due; as plain text and as HTML."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from flask import render_template
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from feedback.kernel import clock
from feedback.outbox.wording import Wording, wording

RULE = "-" * 40


@dataclass(frozen=True)
class Line:
    """A notice that waited for the digest. `due_at` is the next clock of the issue that it is about, while it is open."""

    kind: str
    params: dict[str, Any]
    link: str
    account: str | None
    due_at: datetime | None


@dataclass(frozen=True)
class Matter:
    """What is said about one thing, the oldest first, and where it is."""

    said: tuple[Wording, ...]
    link: str
    due: str | None
    late: bool


@dataclass(frozen=True)
class Letter:
    """What leaves."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Reader:
    """In whose language (the current locale) and on whose clock."""

    zone: ZoneInfo
    base_url: str


def write_digest(lines: Sequence[Line], reader: Reader) -> Letter:
    """One notice stands as it would have come alone; of several the count is the subject."""
    groups = _grouped(lines, reader)
    if len(lines) == 1:
        subject = wording(lines[0].kind, lines[0].params).subject
    else:
        subject = ngettext("%(num)s notice for you", "%(num)s notices for you", len(lines))
    settings, alone = f"{reader.base_url}/settings/notices", len(lines) == 1
    said = {"subject": subject, "groups": groups, "alone": alone, "settings": settings}
    html = render_template("mail/digest.html", language=str(get_locale()), **said)
    return Letter(subject, _alone(groups[0][1][0]) if alone else _text(subject, groups, settings), html)


def _grouped(lines: Sequence[Line], reader: Reader) -> list[tuple[str, list[Matter]]]:
    """By customer; what is about none comes last."""
    groups: dict[str | None, dict[str, list[Line]]] = {}
    for line in sorted(lines, key=lambda one: (one.account is None, one.account or "")):
        groups.setdefault(line.account, {}).setdefault(line.link, []).append(line)
    return [
        (account or _("Other news"), [_matter(found, reader) for found in matters.values()])
        for account, matters in groups.items()
    ]


def _matter(lines: Sequence[Line], reader: Reader) -> Matter:
    due_at = lines[0].due_at
    words = tuple(wording(line.kind, line.params) for line in lines)
    late = due_at is not None and due_at < clock.now()
    due = None if due_at is None else due_words(due_at, reader.zone, late=late)
    return Matter(words, reader.base_url + lines[0].link, due, late)


def due_words(at: datetime, zone: ZoneInfo, *, late: bool) -> str:
    """When something is due, or since when it is overdue, on the reader's clock."""
    day, hour = (format_skeleton(parts, at, tzinfo=zone, locale=get_locale()) for parts in ("MMMEd", "Hm"))
    moment = f"{day}, {hour}"
    return _("overdue since %(moment)s", moment=moment) if late else _("due %(moment)s", moment=moment)


def _alone(matter: Matter) -> str:
    (words,) = matter.said
    return "\n\n".join(part for part in (words.title, words.advice, matter.due, matter.link) if part)


def _text(subject: str, groups: Sequence[tuple[str, Sequence[Matter]]], settings: str) -> str:
    parts = [subject]
    for name, matters in groups:
        parts.append(f"{name}\n{RULE}")
        for matter in matters:
            due = [f"  {matter.due}"] if matter.due else []
            parts.append("\n".join([*(f"- {words.title}" for words in matter.said), *due, f"  {matter.link}"]))
    return "\n\n".join([*parts, "\n".join([RULE, _("You chose to get these together. Change it here:"), settings])])
