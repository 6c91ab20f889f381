"""The people of an audience, with every fact that decides whether and when they are asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Self
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import current_app

from feedback.accounts.models import Account, AccountContact, Contact
from feedback.accounts.rules import AccountStatus, ContactRole, ValueTier
from feedback.extensions import db
from feedback.issues.queries import staffing
from feedback.issues.rules import RouteFacts, route_each
from feedback.kernel import clock
from feedback.kernel.bulk import among
from feedback.listening import history
from feedback.listening.history import Chances, LastAsked
from feedback.listening.models import WaveExclusion
from feedback.listening.rules.eligibility import Person
from feedback.permission.queries import consent_states
from feedback.permission.rules import NOTHING_RECORDED, Channel, ConsentFact, Purpose, SuppressionReason
from feedback.permission.suppressions import suppressed_contacts
from feedback.surveys.models import Response
from feedback.surveys.rules import SurveyKind


@dataclass(frozen=True, slots=True)
class Audience:
    """Which contacts a wave is about; what is empty means "any".

    `accounts` are external ids; `not_heard_days` leaves out who answered about the account in the last so many days.
    """

    roles: tuple[ContactRole, ...] = ()
    tiers: tuple[ValueTier, ...] = ()
    segments: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    owner_ids: tuple[int, ...] = ()
    account_ids: tuple[int, ...] = ()
    accounts: tuple[str, ...] = ()
    not_heard_days: int | None = None

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """As `Wave.audience` holds it."""
        plain = {name: tuple(stored.get(name) or ()) for name in _PLAIN}
        roles = tuple(ContactRole(role) for role in stored.get("roles") or ())
        tiers = tuple(ValueTier(tier) for tier in stored.get("tiers") or ())
        return cls(roles=roles, tiers=tiers, not_heard_days=stored.get("not_heard_days") or None, **plain)

    def conditions(self, now: datetime) -> list[sa.ColumnElement[bool]]:
        """On `Account` and `AccountContact`."""
        wanted: tuple[tuple[Any, tuple[Any, ...]], ...] = (
            (AccountContact.role, self.roles),
            (Account.value_tier, self.tiers),
            (Account.segment, self.segments),
            (Account.region, self.regions),
            (Account.country, self.countries),
            (Account.industry, self.industries),
            (Account.owner_id, self.owner_ids),
        )
        found = [column.in_(values) for column, values in wanted if values]
        listed = ((Account.id, self.account_ids), (Account.external_id, self.accounts))  # may be thousands
        found += [among(column, values) for column, values in listed if values]
        return [*found, *self._silence(now)]

    def _silence(self, now: datetime) -> list[sa.ColumnElement[bool]]:
        if self.not_heard_days is None:
            return []
        heard = sa.exists().where(
            Response.contact_id == AccountContact.contact_id,
            Response.account_id == AccountContact.account_id,
            Response.responded_at > now - timedelta(days=self.not_heard_days),
        )
        return [~heard]


_PLAIN = ("segments", "regions", "countries", "industries", "owner_ids", "account_ids", "accounts")


@dataclass(frozen=True, slots=True)
class Size:
    """How many an audience is about, and what of it nobody knows."""

    people: int
    accounts: int
    unknown: tuple[str, ...] = ()  # listed accounts that do not exist


def size_of(audience: Audience, *, now: datetime) -> Size:
    """Count an audience; two statements at most."""
    query = (
        sa.select(sa.func.count(sa.distinct(AccountContact.contact_id)), sa.func.count(sa.distinct(AccountContact.account_id)))
        .join(Account, Account.id == AccountContact.account_id)
        .where(AccountContact.left_at.is_(None), *audience.conditions(now))
    )
    people, accounts = db.session.execute(query).one()
    return Size(people, accounts, unknown_accounts(audience.accounts))


def unknown_accounts(external_ids: Sequence[str]) -> tuple[str, ...]:
    """Those that no account has."""
    if not external_ids:
        return ()
    known = set(db.session.scalars(sa.select(Account.external_id).where(among(Account.external_id, external_ids))))
    return tuple(sorted(set(external_ids) - known))


def external_ids(account_ids: Sequence[int]) -> list[str]:
    """What customers are called in files, for those of a list that there are."""
    return list(db.session.scalars(sa.select(Account.external_id).where(among(Account.id, account_ids)).order_by(Account.id)))


@dataclass(frozen=True, slots=True)
class Listed:
    """A person with the names that a screen shows."""

    person: Person
    account: str
    contact: str | None
    language: str | None
    segment: str | None
    region: str | None
    revenue: float | None
    prior_score: int | None


_COLUMNS = (
    AccountContact.account_id,
    AccountContact.contact_id,
    AccountContact.role,
    AccountContact.left_at,
    Account.name.label("account"),
    Account.value_tier,
    Account.segment,
    Account.region,
    Account.status,
    Account.annual_revenue,
    sa.func.coalesce(Contact.time_zone, Account.time_zone).label("time_zone"),
    sa.func.coalesce(Contact.language, Account.language).label("language"),
    Contact.name.label("contact"),
    Contact.email,
    Contact.not_now_until,
    Contact.no_surveys_until,
    Contact.paused_from,
    Contact.paused_until,
)


def load_people(audience: Audience, kind: SurveyKind, *, now: datetime, wave_id: int | None = None) -> list[Listed]:
    """Everybody with a role in an account of the audience, a row per role; a fixed number of statements.

    What somebody said before, and is expected to say, comes from programs of this kind. What `wave_id` itself has planned
    does not stand against anybody.
    """
    rows = _rows(*audience.conditions(now))
    contact_ids = sorted({row.contact_id for row in rows})
    facts = _Facts.of(contact_ids, wave_id)
    priors = history.prior_scores(contact_ids, kind)
    chances = history.chances(now, kind)
    owners = _expected_owners(rows)
    return [
        _listed(row, facts, owner, priors.get((row.account_id, row.contact_id)), chances)
        for row, owner in zip(rows, owners, strict=True)
    ]


def load_standings(contact_ids: Sequence[int], wave_id: int) -> dict[tuple[int, int], Person]:
    """What decides whether these contacts may be asked, and no forecast, by (account, contact); a fixed number of statements."""
    wanted = sorted(set(contact_ids))
    facts, rows = _Facts.of(wanted, wave_id), _rows(among(AccountContact.contact_id, wanted))
    return {(row.account_id, row.contact_id): facts.person(row) for row in rows}


def _rows(*conditions: sa.ColumnElement[bool]) -> Sequence[Any]:
    query = (
        sa.select(*_COLUMNS)
        .join(Account, Account.id == AccountContact.account_id)
        .join(Contact, Contact.id == AccountContact.contact_id)
        .where(*conditions)
        .order_by(AccountContact.account_id, AccountContact.contact_id)
    )
    return db.session.execute(query).all()


@dataclass(frozen=True, slots=True)
class _Facts:
    """What stands against asking somebody, by contact; who was taken off by (account, contact)."""

    consents: Mapping[int, ConsentFact]
    suppressed: Mapping[int, SuppressionReason]
    asked: LastAsked
    taken_off: set[tuple[int, int]]

    @classmethod
    def of(cls, contact_ids: Sequence[int], wave_id: int | None) -> "_Facts":
        consents = consent_states(contact_ids, Purpose.FEEDBACK, Channel.EMAIL)
        asked = history.last_asked(contact_ids, but_wave=wave_id)
        return cls(consents, suppressed_contacts(contact_ids), asked, _taken_off(wave_id))

    def person(self, row: Any, **forecast: Any) -> Person:
        return Person(
            account_id=row.account_id,
            contact_id=row.contact_id,
            role=row.role,
            tier=row.value_tier,
            owner_id=forecast.pop("owner_id", None),
            address=row.email,
            zone=zone_named(row.time_zone),
            consent=self.consents.get(row.contact_id, NOTHING_RECORDED).state,
            account_active=row.status is AccountStatus.ACTIVE,
            left=row.left_at is not None,
            taken_off=(row.account_id, row.contact_id) in self.taken_off,
            suppressed=self.suppressed.get(row.contact_id),
            not_now_until=rests_until(row),
            asked_relationship=self.asked.relationship.get(row.contact_id),
            asked_transactional=self.asked.transactional.get(row.contact_id),
            asked_otherwise=self.asked.otherwise.get(row.contact_id),
            **forecast,
        )


def _listed(row: Any, facts: _Facts, owner: int | None, prior: int | None, chances: Chances) -> Listed:
    person = facts.person(row, owner_id=owner, answers=chances.answers(row.role), detracts=chances.detracts(prior))
    return Listed(person, row.account, row.contact, row.language, row.segment, row.region, row.annual_revenue, prior)


def rests_until(contact: Any) -> date | None:
    """Until which day somebody wants to be left alone, with everything or with surveys."""
    days = [day for day in (contact.not_now_until, contact.no_surveys_until, _last_day_of_pause(contact)) if day is not None]
    return max(days) if days else None


def _last_day_of_pause(contact: Any) -> date | None:
    """While a pause goes on; one that is to come is looked at again before each mail leaves."""
    if contact.paused_from is None or contact.paused_until is None or contact.paused_from > clock.now().date():
        return None
    last: date = contact.paused_until - timedelta(days=1)
    return last


def zone_named(name: str | None) -> tzinfo:
    """Contact, account, installation: what the row does not say, the setting does."""
    for candidate in (name, current_app.extensions["closedloop_settings"].installation_time_zone):
        if candidate:
            try:
                return ZoneInfo(candidate)
            except (KeyError, ValueError, OSError):
                continue
    return UTC


def _expected_owners(rows: Sequence[Any]) -> list[int | None]:
    """Who would get each person's issue if all of them were detractors today: by the routing rules, nobody loaded yet."""
    rules = staffing.list_route_rules()
    facts = [RouteFacts(None, None, row.segment, row.region, row.language, row.value_tier.value) for row in rows]
    routes = route_each(rules, facts, staffing.find_staff(rules), {}, forecast=True)
    return [route.owner_id if route else None for route in routes]


def _taken_off(wave_id: int | None) -> set[tuple[int, int]]:
    if wave_id is None:
        return set()
    query = sa.select(WaveExclusion.account_id, WaveExclusion.contact_id).where(WaveExclusion.wave_id == wave_id)
    return {(account_id, contact_id) for account_id, contact_id in db.session.execute(query)}
