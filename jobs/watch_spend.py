"""Find customers who buy less than their season lets expect, and screen what that suggests."""

from feedback.selling.candidates import find_drops, suggest_play
from feedback.uow import transaction


def run() -> str | None:
    """Judge the newest month whose books are closed; on other days there is nothing new to find."""
    found = 0
    for drop in find_drops():
        with transaction():
            found += suggest_play(drop)
    return f"{found} drops of spend to look at" if found else None
