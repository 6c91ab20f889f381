"""What a play is said to mean is true of every account that the tables give it to."""

from collections.abc import Callable

import pytest
from flask import Flask

from dashboards.components.words import play_meaning, play_meanings, word
from feedback.gate.rules import Advocacy, IssueBand, ShareOfWallet
from feedback.gate.tables import DEFAULT_TABLES

# what a sentence says, and of which (advocacy, share, issues) it is true
CLAIMS: dict[str, Callable[[str, str, str], bool]] = {
    "recommend us": lambda advocacy, share, issues: advocacy == "promoter",
    "Content, not glad": lambda advocacy, share, issues: advocacy == "passive",
    "are not glad": lambda advocacy, share, issues: advocacy == "passive",
    "are unhappy and": lambda advocacy, share, issues: advocacy == "detractor",
    "are unhappy;": lambda advocacy, share, issues: advocacy == "detractor",
    "are unhappy or a major issue is open": lambda advocacy, share, issues: advocacy == "detractor" or issues == "major_open",
    "Too few who decide": lambda advocacy, share, issues: advocacy == "unknown",
    "buy little:": lambda advocacy, share, issues: share == "low",
    "buy little, or we do not know": lambda advocacy, share, issues: share in ("low", "unknown"),
    "most of what they need elsewhere": lambda advocacy, share, issues: share == "low",
    "much of what they buy is with us": lambda advocacy, share, issues: share == "high",
    "buy from us": lambda advocacy, share, issues: share == "high",
    "elsewhere is not known": lambda advocacy, share, issues: share == "unknown",
    "do not know what they buy elsewhere": lambda advocacy, share, issues: share == "unknown",
    "a minor issue is open": lambda advocacy, share, issues: issues == "minor_open",
    "An issue is open": lambda advocacy, share, issues: issues in ("minor_open", "major_open"),
    "We say it is fixed": lambda advocacy, share, issues: issues == "fixed_unverified",
}
CELLS = [(str(a), str(s), str(i)) for a in Advocacy for s in ShareOfWallet for i in IssueBand]


@pytest.mark.parametrize("cell", CELLS, ids="-".join)
def test_a_meaning_claims_only_what_is_so(app: Flask, cell: tuple[str, str, str]) -> None:
    play = DEFAULT_TABLES.relationship_row(*cell).play
    with app.test_request_context("/app/"):
        told = [play_meaning(play, cell[1]), word(play_meanings, play)]
    claimed = [[true_of(*cell) for text, true_of in CLAIMS.items() if text in sentence] for sentence in told]
    assert all(claims and all(claims) for claims in claimed), told
