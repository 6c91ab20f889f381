"""The people among the voices of an issue: whoever spoke twice is one person, and one talk answers all that they said."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from feedback.issues.queries.single import Voice, VoiceState

_FIRST = (VoiceState.WAITING, VoiceState.ANSWERED, VoiceState.WAIVED, VoiceState.NOBODY)


@dataclass(frozen=True)
class Person:
    """Somebody and everything that they said, in its order. A voice without a name is a person of its own."""

    voices: Sequence[Voice]

    @property
    def state(self) -> VoiceState:
        """Waiting as long as anything that they said waits for an answer."""
        return min((voice.state for voice in self.voices), key=_FIRST.index)

    @property
    def speaker(self) -> Voice:
        """The voice that says how they stand: the newest one of that state."""
        return next(voice for voice in reversed(self.voices) if voice.state is self.state)


def people_of(voices: Iterable[Voice]) -> list[Person]:
    """In the order in which they first spoke."""
    found: dict[tuple[bool, int], list[Voice]] = {}
    for voice in voices:
        key = (False, voice.id) if voice.contact_id is None else (True, voice.contact_id)
        found.setdefault(key, []).append(voice)
    return [Person(said) for said in found.values()]


def people_to_answer(voices: Iterable[Voice]) -> int:
    """How many of them wait for an answer."""
    return sum(person.state is VoiceState.WAITING for person in people_of(voices))
