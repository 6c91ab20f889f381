"""From parameters and a seed to the planned life of a demo company. Pure: no clock, no database, no global randomness."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from feedback.demo.scenario import FIXED_DAYS, PlantedDefect, Region, Scenario, Size

MONTHS = 18
DAYS = 548
SPARED = 0.6
_FIRST_NAMES = {
    "en": ("Alice", "Ben", "Carol", "David", "Emma", "Frank", "Grace", "Henry", "Ida", "Jack", "Karin", "Leo"),
    "es": ("Lucía", "Javier", "Carmen", "Diego", "Elena", "Pablo", "Marta", "Andrés", "Pilar", "Sergio", "Nuria", "Iván"),
    "ru": ("Анна", "Борис", "Вера", "Глеб", "Дина", "Егор", "Жанна", "Игорь", "Камила", "Лев", "Майя", "Нурлан"),
}
_LAST_NAMES = {
    "en": ("Brandt", "Clarke", "Dahl", "Evans", "Frost", "Greene", "Holm", "Irving", "Jansen", "Keller", "Lund", "Marsh"),
    "es": ("Alonso", "Blanco", "Castro", "Durán", "Esteban", "Flores", "Gil", "Herrero", "Iglesias", "Luna", "Molina", "Navarro"),
    "ru": ("Ахметов", "Белых", "Волк", "Гончар", "Дюсенов", "Ермак", "Жук", "Исаенко", "Ким", "Лим", "Мельник", "Омар"),
}


@dataclass(frozen=True)
class PlannedContact:
    """A buyer and what he or she allows."""

    external_id: str
    name: str
    email: str
    phone: str
    role: str
    language: str
    mood: float
    consents: tuple[tuple[str, str, str], ...]  # purpose, channel, action
    not_now_days: int | None


@dataclass(frozen=True)
class PlannedAccount:
    """A customer organisation with its people and its money."""

    external_id: str
    name: str
    segment: str
    industry: str
    region: Region
    value_tier: str
    annual_revenue: float
    share: float | None
    wallet_confidence: float
    wallet_age_days: int
    renewal_in_days: int
    mood: float
    spared: frozenset[str]  # defects that never happen to this account: problems cluster in accounts
    contacts: tuple[PlannedContact, ...]


@dataclass(frozen=True)
class PlannedAnswer:
    """One answer."""

    number: int
    at: datetime
    account: PlannedAccount
    contact: PlannedContact
    survey: str | None  # None = the relationship survey
    score: int
    defects: tuple[str, ...]
    comment: str | None


def plan_accounts(scenario: Scenario, size: Size, seed: int) -> list[PlannedAccount]:
    """The customers, the same for the same scenario, size and seed."""
    random = Random(f"{scenario.code}:{seed}:accounts")
    accounts = [_account(scenario, size, random, number) for number in range(1, size.accounts + 1)]
    seen: Counter[str] = Counter()
    return [_with_own_name(account, seen) for account in accounts]


def _with_own_name(account: PlannedAccount, seen: "Counter[str]") -> PlannedAccount:
    seen[account.name] += 1
    return account if seen[account.name] == 1 else replace(account, name=f"{account.name} {seen[account.name]}")


def _account(scenario: Scenario, size: Size, random: Random, number: int) -> PlannedAccount:
    region = random.choice(scenario.regions)
    segment = random.choices(list(scenario.segments), list(scenario.segments.values()))[0]
    first, last = random.choice(scenario.name_parts[0]), random.choice(scenario.name_parts[1])
    tier = random.choices("ABC", (0.15, 0.35, 0.5))[0]
    revenue = round({"A": 420_000, "B": 110_000, "C": 24_000}[tier] * random.lognormvariate(0, 0.5), -2)
    count = max(1, round(random.gauss(size.contacts_per_account, size.contacts_per_account / 4)))
    return PlannedAccount(
        external_id=f"{scenario.code[:3].upper()}-{number:05d}",
        name=f"{first} {last} {random.choice(region.towns)}",
        segment=segment,
        industry=random.choice(scenario.industries),
        region=region,
        value_tier=tier,
        annual_revenue=revenue,
        share=random.betavariate(1.6, 2.0) if random.random() < 0.85 else None,
        wallet_confidence=random.choice((0.3, 0.6, 0.7, 0.8, 0.9)),
        wallet_age_days=random.randint(5, 620),
        renewal_in_days=random.randint(15, 700),
        mood=random.gauss(scenario.segment_mood[segment], scenario.account_spread),
        spared=frozenset(defect.code for defect in scenario.defects if random.random() < SPARED),
        contacts=tuple(
            _contact(random, region, f"{scenario.code[:3].upper()}-{number:05d}", position) for position in range(count)
        ),
    )


def _contact(random: Random, region: Region, account: str, position: int) -> PlannedContact:
    language = region.language if random.random() < 0.85 else "en"
    name = f"{random.choice(_FIRST_NAMES[language])} {random.choice(_LAST_NAMES[language])}"
    role = (
        "decision_maker"
        if position == 0
        else "influencer"
        if position == 1
        else random.choices(("influencer", "user"), (0.3, 0.7))[0]
    )
    identity = f"{account}-{position + 1}"
    return PlannedContact(
        external_id=identity,
        name=name,
        email=f"{identity.lower()}@customer.example.com",
        phone=f"+000 {random.randint(200, 999)} {random.randint(1000, 9999)}",
        role=role,
        language=language,
        mood=random.gauss(0, 0.5),
        consents=tuple(_consents(random)),
        not_now_days=random.randint(3, 60) if random.random() < 0.06 else None,
    )


def _consents(random: Random) -> Iterator[tuple[str, str, str]]:
    for channel, granted in (("email", 0.62), ("phone", 0.5)):
        chance = random.random()
        if chance < granted:
            yield "offers", channel, "granted"
        elif chance < granted + 0.1:
            yield "offers", channel, random.choice(("refused", "withdrawn", "objected"))


def plan_answers(scenario: Scenario, size: Size, accounts: list[PlannedAccount], end: date, seed: int) -> list[PlannedAnswer]:
    """The answers of the eighteen months before `end`, oldest first."""
    random = Random(f"{scenario.code}:{seed}:answers")
    start = datetime.combine(end, time(), UTC) - timedelta(days=DAYS)
    people = [(account, contact) for account in accounts for contact in account.contacts]
    moments = []
    for _ in range(size.answers):
        account, contact = random.choice(people)
        # a few people never answer: silence is a fourth state
        if hash_fraction(contact.external_id) < 0.12:
            contact = account.contacts[0]
        moments.append((start + timedelta(minutes=random.randrange(DAYS * 1440)), account, contact))
    moments.sort(key=lambda moment: (moment[0], moment[2].external_id))
    return [
        _eased(scenario, _answer(scenario, random, number, (at - start).days / DAYS, at, account, contact), start)
        for number, (at, account, contact) in enumerate(moments, 1)
    ]


def _eased(scenario: Scenario, answer: PlannedAnswer, start: datetime) -> PlannedAnswer:
    """The answer as it is after the delivery of the first initiative: most customers do not meet that defect any more.

    It is taken out of answers that are there, so that all others stay as they would be without any initiative.
    """
    outer = scenario.outer
    if outer is None or outer.fixed not in answer.defects or answer.at < start + timedelta(days=DAYS - FIXED_DAYS):
        return answer
    if hash_fraction(f"{answer.contact.external_id}:{answer.number}:eased") < outer.eased:
        return answer
    about_it = answer.defects[0] == outer.fixed
    rest = tuple(code for code in answer.defects if code != outer.fixed)
    effect = next(defect.effect for defect in scenario.defects if defect.code == outer.fixed)
    score = min(10, round(answer.score + effect))
    return replace(answer, defects=rest, score=score, comment=None if about_it else answer.comment)


def hash_fraction(text: str) -> float:
    """A stable number in [0, 1) from a text."""
    return Random(text).random()


def _answer(
    scenario: Scenario,
    random: Random,
    number: int,
    progress: float,
    at: datetime,
    account: PlannedAccount,
    contact: PlannedContact,
) -> PlannedAnswer:
    happened = [
        defect
        for defect in scenario.defects
        if random.random() < defect.probability / (1 - SPARED) * (1 + defect.drift * progress)
        and defect.code not in account.spared
    ]
    mood = scenario.base_score + account.mood + contact.mood + random.gauss(0, scenario.answer_noise)
    score = min(10, max(0, round(mood - sum(defect.effect for defect in happened))))
    return PlannedAnswer(
        number=number,
        at=at,
        account=account,
        contact=contact,
        survey=scenario.event_survey.code if random.random() < 0.3 else None,
        score=score,
        defects=tuple(defect.code for defect in sorted(happened, key=lambda defect: -defect.effect)),
        comment=_comment(scenario, random, score, happened, contact.language) if random.random() < 0.7 else None,
    )


def _comment(scenario: Scenario, random: Random, score: int, happened: list[PlantedDefect], language: str) -> str:
    if happened:
        worst = sorted(happened, key=lambda defect: -defect.effect)[:2]
        return " ".join(random.choice(defect.phrases[language]) for defect in worst)
    return random.choice((scenario.praise if score >= 9 else scenario.neutral)[language])
