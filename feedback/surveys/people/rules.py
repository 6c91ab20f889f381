"""When something behaves like a machine. Each rule errs on the side of the person: a link is never closed by a machine."""

import re
from datetime import datetime, timedelta
from enum import StrEnum

INSTANT = timedelta(seconds=1.5)  # nobody reads a page and answers in less
TOGETHER = timedelta(seconds=10)  # two scores of one link within this are not two opinions
SUSPECT = timedelta(minutes=10)  # so long after touching a trap the same client is not believed at once
AFTERWARDS = timedelta(seconds=60)  # a trap touched so soon after an answer takes the answer back
CHANGEABLE = timedelta(hours=24)
HELD_FOR, LONGEST_HELD = timedelta(minutes=5), timedelta(minutes=15)  # a machine is done with a link within minutes
MAX_AGENT = 1000

# Programs that say who they are: previews of chats, proxies of pictures, crawlers, libraries.
_MACHINES = re.compile(
    r"bot\b|bot/|crawl|spider|preview|proxy|slack|teams|skype|whatsapp|telegram|discord|facebookexternalhit|meta-external"
    r"|embedly|linkedin|viber|imageproxy|scan|safelinks|barracuda|mimecast|proofpoint|python|curl|wget|httpx|aiohttp|okhttp"
    r"|go-http|java/|libwww|axios|node-fetch|undici",
    re.IGNORECASE,
)


class SignKind(StrEnum):
    """What gave a machine away."""

    DECOY = "decoy"  # it sent a form that no person sees
    HIDDEN_LINK = "hidden_link"  # it followed a link that no person sees
    HIDDEN_FIELD = "hidden_field"  # it filled a field that no person sees
    INSTANT = "instant"  # it sent a form faster than it can be read
    TWO_SCORES = "two_scores"  # it opened two scores of one link at once


# What a person cannot have done. The others keep marks away: fast people and those who change their minds do both.
CERTAIN = (SignKind.DECOY, SignKind.HIDDEN_LINK, SignKind.HIDDEN_FIELD)
# After these an answer waits until its client has been quiet; a person loses nothing by it.
HOLDS_ANSWERS = (*CERTAIN, SignKind.TWO_SCORES)


def calls_itself_a_machine(agent: str) -> bool:
    """Whether a client names itself as something other than a person's browser; browsers begin with Mozilla or Opera."""
    known_start = agent.startswith(("Mozilla/", "Opera/"))
    return not known_start or _MACHINES.search(agent[:MAX_AGENT]) is not None


def is_instant(shown_at: datetime, sent_at: datetime) -> bool:
    """Whether a form came back faster than somebody can have read it."""
    return sent_at - shown_at < INSTANT


def is_changeable(answered_at: datetime, now: datetime) -> bool:
    """Whether the person may still change an answer over the link."""
    return now - answered_at < CHANGEABLE


def held_until(received_at: datetime, last_sign: datetime | None) -> datetime | None:
    """How long an answer waits because its client touched a trap at `last_sign`; None: it counts at once.

    Whoever touches nothing for five minutes was not the machine. Its own pace tells less: a busy one slows down thirtyfold.
    """
    if last_sign is None or received_at - last_sign >= SUSPECT:
        return None
    return received_at + HELD_FOR


def held_on(received_at: datetime, due_at: datetime, now: datetime) -> datetime:
    """How long a held answer waits whose client opens the page again at `now`: five minutes from then, fifteen in all at most.

    Whoever still opens pages is still at work; a person who looks again loses nothing.
    """
    return max(due_at, min(now + HELD_FOR, received_at + LONGEST_HELD))
