"""What a demo company is made of: parameters only. Effects are planted here and found by the product, never told to it."""

import json
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import Any

DOMAIN = "demo.example"
LANGUAGES = ("en", "es", "ru")


@dataclass(frozen=True)
class PlantedDefect:
    """How often a defect happens and what it does to the score.

    `probability` per answer, `effect` in score points taken away when it happened, `drift` the change of the probability
    over the whole period (−0.3 = thirty per cent less often at the end).
    """

    code: str
    category: str
    name: str
    names: dict[str, str]
    wording: dict[str, str]
    phrases: dict[str, list[str]]
    probability: float
    effect: float
    drift: float = 0.0


@dataclass(frozen=True)
class Region:
    """Where accounts are, and which language their people speak."""

    name: str
    country: str
    time_zone: str
    language: str
    towns: tuple[str, ...]


@dataclass(frozen=True)
class Person:
    """Somebody of the company who logs in."""

    email: str
    name: str
    role: str
    locale: str
    time_zone: str
    region: str | None = None
    team: str | None = None


@dataclass(frozen=True)
class Ability:
    """What somebody of a team can and has room for."""

    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    capacity: int | None = None
    leads_team: bool = False


@dataclass(frozen=True)
class Skill:
    """Something that an issue may need somebody to know."""

    code: str
    name: str
    names: dict[str, str]


@dataclass(frozen=True)
class Absence:
    """Somebody who is away when the demo ends, for so many more days, and who stands in."""

    email: str
    days: int
    deputy: str


@dataclass(frozen=True)
class Team:
    """A frontline team and what is routed to it (`category` or defect codes; neither = everything else)."""

    code: str
    name: str
    names: dict[str, str]
    defects: tuple[str, ...] = ()
    category: str | None = None
    skill: str | None = None  # that its first defect needs


@dataclass(frozen=True)
class EventSurvey:
    """The survey after something has happened."""

    code: str
    name: str
    names: dict[str, str]


@dataclass(frozen=True)
class OuterLoop:
    """What the company does about causes: a defect that becomes rarer, one that does not, one that is worked on; and two events.

    Each text is by language. `eased` is what is left of the first defect's probability from its delivery on.
    """

    fixed: str
    tried: str
    running: str
    titles: dict[str, str]  # fixed, tried, running -> what it is called
    news: dict[str, str]
    events: dict[str, dict[str, str]]  # going_on, over -> what has happened
    messages: dict[str, dict[str, str]]  # going_on, over -> what customers are told
    eased: float = 0.15


FIXED_DAYS, TRIED_DAYS = 170, 150  # days before the end of the demo at which the first two were delivered


@dataclass(frozen=True)
class Scenario:
    """One demo company."""

    code: str
    company: str
    segments: dict[str, float]  # name -> share of accounts
    segment_mood: dict[str, float]  # name -> score points added
    industries: tuple[str, ...]
    regions: tuple[Region, ...]
    name_parts: tuple[tuple[str, ...], tuple[str, ...]]
    wallet_category: dict[str, str]  # in the language of whoever estimates it
    event_survey: EventSurvey
    people: tuple[Person, ...]
    teams: tuple[Team, ...]
    defects: tuple[PlantedDefect, ...]
    praise: dict[str, list[str]]
    neutral: dict[str, list[str]]
    base_score: float = 8.9
    account_spread: float = 0.9
    answer_noise: float = 1.0
    products: tuple[str, ...] = ()  # codes of what accounts buy
    skills: tuple[Skill, ...] = ()
    abilities: dict[str, Ability] = field(default_factory=dict)  # by e-mail
    absence: Absence | None = None
    outer: "OuterLoop | None" = None

    def for_seed(self, seed: int) -> "Scenario":
        """Seed 1 is the company as told; every other seed hands the planted parameters round among the service defects."""
        service = [defect for defect in self.defects if defect.category == "service"]
        step = 0 if seed == 1 else 1 + (seed - 2) % (len(service) - 1)
        donors = dict(zip([defect.code for defect in service], service[-step:] + service[:-step], strict=True))
        return replace(self, defects=tuple(_with_effect_of(defect, donors.get(defect.code, defect)) for defect in self.defects))

    def swapped(self, one: str, other: str) -> "Scenario":
        """The same company with the planted parameters of two defects exchanged."""
        by_code = {defect.code: defect for defect in self.defects}
        donors = {one: by_code[other], other: by_code[one]}
        return replace(self, defects=tuple(_with_effect_of(defect, donors.get(defect.code, defect)) for defect in self.defects))


def _with_effect_of(defect: PlantedDefect, donor: PlantedDefect) -> PlantedDefect:
    return replace(defect, probability=donor.probability, effect=donor.effect, drift=donor.drift)


@dataclass(frozen=True)
class Size:
    """How big a demo is. The last `live_days` are played day by day, with issues worked on; before that, imported history."""

    accounts: int
    contacts_per_account: float
    answers: int
    live_days: int


SIZES = {
    "small": Size(accounts=320, contacts_per_account=2.6, answers=3_400, live_days=90),
    "medium": Size(accounts=2_000, contacts_per_account=6.0, answers=60_000, live_days=30),
    "large": Size(accounts=20_000, contacts_per_account=6.0, answers=1_000_000, live_days=5),
}


def planted_defects(texts: dict[str, Any], effects: dict[str, tuple[float, float, float]]) -> tuple[PlantedDefect, ...]:
    """Join the texts of a scenario with its effects: code -> (probability, effect, drift)."""
    return tuple(
        PlantedDefect(
            **entry, probability=effects[entry["code"]][0], effect=effects[entry["code"]][1], drift=effects[entry["code"]][2]
        )
        for entry in texts["defects"]
    )


def load_texts(name: str) -> dict[str, Any]:
    """The sentences of a scenario in three languages."""
    return json.loads((files("feedback.demo") / "texts" / f"{name}.json").read_text("utf-8"))
