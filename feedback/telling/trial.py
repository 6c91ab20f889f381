"""Trying a chat out: one message, at once, and what came back."""

from dataclasses import dataclass

from feedback.egress.fetching import FetchFailed
from feedback.kernel.concealing import Unreadable
from feedback.kernel.errors import RuleViolation
from feedback.telling.chat import post, trial, what_it_said
from feedback.telling.hooks import address_of, get_hook
from feedback.uow import end_reading


@dataclass(frozen=True)
class HookTrial:
    """What a chat answered."""

    took_it: bool
    status: int | None  # None: nothing came back
    said: str


def try_hook(hook_id: int) -> HookTrial:
    """Send a message that says what it is. Call outside a transaction: the chat may take seconds.

    Raises:
        NotFound: there is no such chat.
        RuleViolation: its address cannot be read any more.
    """
    try:
        address = address_of(get_hook(hook_id))
    except Unreadable as error:
        raise RuleViolation("The secret key of this installation was changed: enter the address again.") from error
    end_reading()
    try:
        answer = post(address, trial())
    except FetchFailed as error:
        return HookTrial(False, None, str(error))
    return HookTrial(200 <= answer.status < 300, answer.status, what_it_said(answer))
