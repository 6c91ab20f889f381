"""What the refusal of a mail means: is the address dead, is it about us, or is it only for now? Pure rules."""

import re
from enum import StrEnum


class Verdict(StrEnum):
    """What came back."""

    DEAD = "dead"  # nobody is there: this address gets no mail any more
    REFUSED = "refused"  # it did not arrive, but the address may be good: mailbox full, spam policy, too large
    DELAYED = "delayed"  # it is still being tried
    COMPLAINT = "complaint"  # reported as spam


_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.])([45]\d\d)(?=[\s-])")
_UNKNOWN = re.compile(
    r"user unknown|unknown user|no such (user|mailbox|recipient|address|person)|does ?n[o']t exist|not exist|"
    r"(mailbox|address|account|recipient|user)[\w .,'<>@-]{0,60} (unavailable|not found|unknown|disabled|inactive|rejected)|"
    r"invalid (recipient|mailbox|address)|recipient not found|no mailbox here|host (unknown|not found)|domain not found",
    re.IGNORECASE,
)
_ABOUT_US = re.compile(
    r"spam|block(ed|list)|blacklist|policy|dmarc|dkim|\bspf\b|reputation|relay|rate limit|too large|message size|content|virus|"
    r"quota|mailbox (is )?full|over ?quota|insufficient|\bloop",
    re.IGNORECASE,
)
# RFC 3463: 5.1.7 and 5.1.8 are about the sender's address; 5.1 addresses, 5.2.1 mailbox disabled, 5.4 routing.
_OURS = {"5.1.7", "5.1.8"}
_DEAD = re.compile(r"5\.1\.\d+|5\.2\.1|5\.4\.[134]|5\.4\.310")
_OPEN = re.compile(r"5\.0\.\d+|5\.2\.0|5\.5\.\d+|5\.4\.0")  # says no more than "no"


def find_status(text: str) -> str:
    """The first status code (such as 5.1.1) in a text, else what its SMTP code amounts to; empty when there is neither."""
    status = _STATUS.search(text)
    if status:
        return status.group()
    code = _CODE.search(text)
    return f"{code.group()[0]}.0.0" if code else ""


def verdict_of(status: str, text: str = "") -> Verdict:
    """What a failure with this status and this text means for the address.

    A temporary code (4.…) is a delay. Of the permanent ones only those are held against an address that are about it: a mail
    that a spam filter refuses would come back from every address, and all customers would be struck off the list at once.
    """
    if status.startswith("4"):
        return Verdict.DELAYED
    if status in _OURS:
        return Verdict.REFUSED
    if _DEAD.fullmatch(status) or _UNKNOWN.search(text):
        return Verdict.DEAD
    vague = not status or bool(_OPEN.fullmatch(status))
    return Verdict.DEAD if vague and not _ABOUT_US.search(text) else Verdict.REFUSED
