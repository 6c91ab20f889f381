"""Decision tables ready to be asked: what they say about each of the 1,152 inputs is worked out once."""

import hashlib
import json
from typing import Any, NamedTuple

from feedback.gate.rules import Advocacy, GateInputs, IssueBand, Play, ShareOfWallet, Stance
from feedback.gate.tables import DEFAULT_TABLES, Tables, Verdict


class Ruling(NamedTuple):
    """What a row of table R says about a standing."""

    play: Play
    stance: Stance
    row: str
    reasons: tuple[str, ...]


def digest_of(content: Any) -> str:
    """SHA-256 of the content as JSON with sorted keys."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


class Ruleset:
    """Tables with their digest, by which they are told apart, and their answers."""

    __slots__ = ("_rulings", "_verdicts", "digest", "tables")

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.digest = digest_of(tables.to_data())
        self._verdicts: dict[GateInputs, Verdict] = {}
        self._rulings: dict[tuple[str, str, str], Ruling] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ruleset) and other.digest == self.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def decide(self, inputs: GateInputs) -> Verdict:
        """The tables' answer."""
        found = self._verdicts.get(inputs)
        if found is None:
            found = self._verdicts[inputs] = self.tables.decide(inputs)
        return found

    def ruling(self, advocacy: Advocacy, share: ShareOfWallet, issues: IssueBand) -> Ruling:
        """What table R says about a standing."""
        key = (advocacy, share, issues)
        found = self._rulings.get(key)
        if found is None:
            row = self.tables.relationship_row(*key)
            found = self._rulings[key] = Ruling(Play(row.play), Stance(row.stance), row.id, tuple(sorted(row.reasons)))
        return found


DEFAULT_RULES = Ruleset(DEFAULT_TABLES)
