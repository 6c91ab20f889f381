"""News between slices: published inside the transaction, handled inside the transaction.

Handlers only write rows. Whatever leaves the building is an outbox row, delivered after commit.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

_handlers: dict[type, list[Callable[[Any], None]]] = defaultdict(list)


def subscribe(event_type: type, handler: Callable[[Any], None]) -> None:
    """Call `handler` for each published event of this type; subscribing twice has no second effect."""
    if handler not in _handlers[event_type]:
        _handlers[event_type].append(handler)


def publish(event: object) -> None:
    """Hand the event to its handlers, in the order of their subscription."""
    for handler in _handlers[type(event)]:
        handler(event)
