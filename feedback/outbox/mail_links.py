"""What a mail to staff offers to do at once: slices that know such links name a function that makes them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple


class MailLink(NamedTuple):
    """A link with the words before it; the page behind it does nothing until its button is pressed."""

    label: str
    path: str


Maker = Callable[[Mapping[str, Any], int, datetime], Sequence[MailLink]]
_makers: list[Maker] = []


def offers_links(maker: Maker) -> Maker:
    """Mark a function of (payload of the notice, reader's id, when it was written) that makes links for mails."""
    if maker not in _makers:
        _makers.append(maker)
    return maker


def links_for(payload: Mapping[str, Any], user_id: int, at: datetime) -> list[MailLink]:
    """All links that fit a notice; call it in the reader's locale."""
    return [link for maker in _makers for link in maker(payload, user_id, at)]
