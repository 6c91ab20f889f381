"""Reading the mails that come back: failed delivery (RFC 3464, and what servers wrote before it) and spam (RFC 5965)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message

from feedback.listening.rules.verdicts import Verdict, find_status, verdict_of

_ID = re.compile(r"<[^<>\s@]{1,200}@[^<>\s@]{1,255}>")
_QUOTED_ID = re.compile(r"^[\s>|]*Message-ID:\s*(<[^<>\s]{3,456}>)", re.IGNORECASE | re.MULTILINE)
_DAEMON = re.compile(r"mailer-daemon|postmaster|mail delivery (sub)?system|^\s*<>\s*$", re.IGNORECASE)
_FAILED = re.compile(
    r"undeliver|could ?n[o']t be delivered|delivery (has )?fail|failed permanently|permanent (fatal )?error|returned mail|"
    r"was not delivered|unable to deliver|returned to sender|delivery status notification \(failure\)|did not reach",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"(?<![0-9a-f])[0-9a-f]{40}(?![0-9a-f])")
_ENVELOPE = ("To", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To")
_SPAM = {"abuse", "fraud", "virus", "opt-out", "complaint"}
_MAX_TEXT = 100_000


@dataclass(frozen=True, slots=True)
class Report:
    """What a mail says about one of ours. `message_ids` and `tokens` (from the address it was sent back to) name that one."""

    verdict: Verdict
    status: str
    message_ids: frozenset[str]
    tokens: frozenset[str] = frozenset()


def read_report(raw: bytes) -> Report | None:
    """The report in a mail; None for one that is none, such as the note of somebody who is on holiday."""
    mail = message_from_bytes(raw)
    found = _spam(mail) or _standard(mail) or _informal(mail)
    if found is None:
        return None
    verdict, status = found
    return Report(verdict, status, frozenset(_ids(mail)), frozenset(_tokens(mail)))


def _spam(mail: Message) -> tuple[Verdict, str] | None:
    for part in mail.walk():
        if part.get_content_type() == "message/feedback-report":
            kind = _fields(part).get("feedback-type", "").strip().lower()
            return (Verdict.COMPLAINT, kind) if kind in _SPAM else None
    return None


def _standard(mail: Message) -> tuple[Verdict, str] | None:
    """Per recipient: action, status, what the other server said. Our mails have one recipient; the gravest line counts."""
    found = []
    for part in mail.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for block in _blocks(part):
            action = str(block.get("Action", "")).split(";")[0].split("(")[0].strip().lower()
            said = " ".join(str(block.get("Diagnostic-Code", "")).split())
            status = find_status(str(block.get("Status", ""))) or find_status(said)
            if action == "delayed":
                found.append((Verdict.DELAYED, status))
            elif action == "failed":
                found.append((_given_up(status, said), status))
    order = (Verdict.DEAD, Verdict.REFUSED, Verdict.DELAYED)
    return min(found, key=lambda one: order.index(one[0])) if found else None


def _blocks(part: Message) -> list[Message]:
    found = part.get_payload()
    return [block for block in found if isinstance(block, Message)] if isinstance(found, list) else []


def _given_up(status: str, said: str) -> Verdict:
    """Somebody gave up: also a temporary trouble is then no delay any more. A vague status is told by the words beside it."""
    inner = find_status(said)
    verdict = verdict_of(inner if status.endswith(".0.0") and inner else status, said)
    return Verdict.REFUSED if verdict is Verdict.DELAYED else verdict


def _informal(mail: Message) -> tuple[Verdict, str] | None:
    """What servers write without the standard form: only from a mail system, and only where words and a code say failure."""
    marked = mail.get("X-Failed-Recipients") is not None
    from_system = any(_DAEMON.search(str(mail.get(name, ""))) for name in ("From", "Return-Path", "Sender"))
    if not marked and (not from_system or str(mail.get("Auto-Submitted", "")).lower().startswith("auto-replied")):
        return None
    text = f"{mail.get('Subject', '')}\n{_text(mail)}"
    status = find_status(_above_copy(text))
    if not (_FAILED.search(text) and (marked or status)) or status.startswith("4"):
        return None
    return verdict_of(status, _above_copy(text)), status or "5.0.0"


def _above_copy(text: str) -> str:
    """What the server says, without the copy of our mail below it, whose words would be taken for its own."""
    return re.split(r"(?im)^-{2,}.*(copy|original|below this line|returned).*$", text, maxsplit=1)[0][:_MAX_TEXT]


def _ids(mail: Message) -> Iterator[str]:
    """Message-IDs of what came back: in the part that holds it, in the text, and in what the report refers to."""
    for name in ("In-Reply-To", "References", "X-Original-Message-ID", "Original-Message-ID"):
        yield from _ID.findall(str(mail.get(name, "")))
    for place, part in enumerate(mail.walk()):
        if place and part.get("Message-ID"):
            yield from _ID.findall(str(part["Message-ID"]))
        if part.get_content_type() == "message/delivery-status":
            for block in _blocks(part):
                yield from _ID.findall(str(block.get("X-Original-Message-ID", "")))
        elif part.get_content_maintype() in ("text", "application") and not part.is_multipart():
            yield from _QUOTED_ID.findall(_decoded(part))


def _tokens(mail: Message) -> Iterator[str]:
    for name in _ENVELOPE:
        for value in mail.get_all(name, []):
            yield from _TOKEN.findall(str(value).lower())


def _fields(part: Message) -> dict[str, str]:
    """The header-like lines of a part; parsers hand them over as a message inside it or as text."""
    inner = part.get_payload()
    if isinstance(inner, list) and inner and isinstance(inner[0], Message):
        if inner[0].items():
            return {name.lower(): str(value) for name, value in inner[0].items()}
        text = _decoded(inner[0])
    else:
        text = _decoded(part)
    pairs = (line.partition(":") for line in text.splitlines())
    return {name.strip().lower(): value for name, colon, value in pairs if colon}


def _text(mail: Message) -> str:
    return "\n".join(_decoded(part) for part in mail.walk() if part.get_content_maintype() == "text" and not part.is_multipart())


def _decoded(part: Message) -> str:
    content = part.get_payload(decode=True)
    return content[:_MAX_TEXT].decode(_charset(part), "replace") if isinstance(content, bytes) else ""


def _charset(part: Message) -> str:
    """A name that Python knows: mails name others too."""
    name = part.get_content_charset() or "utf-8"
    try:
        return "utf-8" if "x".encode(name) is None else name
    except (LookupError, UnicodeError):
        return "utf-8"
