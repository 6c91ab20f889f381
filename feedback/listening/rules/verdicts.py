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
_SENDER = re.compile(
    r"spamhaus|spamcop|barracuda|(block|black|deny)[- ]?list|\b(rbl|dnsbl)\b|reputation|dmarc|dkim|\bspf\b|openspf|"
    r"(your|sending|sender|client) (ip|domain|host|server)|banned|blocked (by|using|for)",
    re.IGNORECASE,
)  # whatever code stands beside it
_ABOUT_US = re.compile(
    r"spam|block(ed|list)|policy|relay|rate limit|too large|message size|content|virus|access denied|"
    r"quota|mailbox (is )?full|over ?quota|insufficient|\bloop",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"<[^<>\s]*>|[\w.+'-]+@[\w.-]+")  # what it is called says nothing about us
# RFC 3463: 5.1.7 and 5.1.8 are about the sender's address; 5.1 addresses, 5.2.1 mailbox disabled, 5.4 routing, 5.7 permission.
_OURS = {"5.1.7", "5.1.8"}
_DEAD = re.compile(r"5\.1\.\d+|5\.2\.1|5\.4\.[134]|5\.4\.310")
_OPEN = re.compile(r"5\.0\.\d+|5\.2\.0|5\.5\.\d+|5\.4\.0")  # says no more than "no"
_MAY_BE_UNKNOWN = re.compile(r"5\.[12]\.\d+")


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
    that a spam filter refuses would come back from every address, and all customers would be struck off the list at once. So
    what names a trouble of the sender is never held against an address, nor is any 5.7: servers say "recipient rejected:
    access denied" to a sender they do not want. An address that is dead indeed fails once more in the next wave.
    """
    if status.startswith("4"):
        return Verdict.DELAYED
    said = _ADDRESS.sub("", text)
    if status in _OURS or status.startswith("5.7.") or _SENDER.search(said):
        return Verdict.REFUSED
    if _DEAD.fullmatch(status):
        return Verdict.DEAD
    if _ABOUT_US.search(said):
        return Verdict.REFUSED
    vague = not status or bool(_OPEN.fullmatch(status))
    unknown = _MAY_BE_UNKNOWN.fullmatch(status) and _UNKNOWN.search(text)
    return Verdict.DEAD if vague or unknown else Verdict.REFUSED
