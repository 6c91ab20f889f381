"""Founding a demo company: people, teams, surveys, catalogue, routing, customers, money and consents."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.queries import find_user_by_email, get_viewer
from feedback.access.rules import Role, Viewer
from feedback.access.service import change_user, create_team, create_user
from feedback.accounts.exchange import current_exchange
from feedback.accounts.models import Account
from feedback.accounts.queries import contact_ids_by_external_id
from feedback.accounts.rules import ContactRole, ValueTier
from feedback.accounts.upserts import record_spend, record_wallets, upsert_accounts, upsert_contacts
from feedback.defects.rules import DefectCategory
from feedback.defects.service import create_defect
from feedback.demo.generate import DAYS, MONTHS, PlannedAccount, hash_fraction
from feedback.demo.scenario import Ability, Scenario, Team
from feedback.extensions import db
from feedback.issues.absences import announce_absence
from feedback.issues.rulebook import RuleLine, list_rules, replace_rules
from feedback.kernel import clock
from feedback.permission.rules import Channel, ConsentAction, Purpose
from feedback.permission.service import ConsentDraft, record_consents
from feedback.staffing.service import AbsenceDraft, change_profile, create_skill, enter_absence
from feedback.uow import transaction

ACTOR = "demo"
_CHUNK = 2_000
# what account managers wrote, each in the language of the region
REVIEW = {"en": "account review", "es": "revisión de la cuenta", "ru": "обзор клиента"}
ESTIMATE = {
    "en": "account manager's estimate",
    "es": "estimación del responsable de cuenta",
    "ru": "оценка менеджера клиента",
}
EVIDENCE = {
    "en": "recorded by the account manager",
    "es": "anotado por el responsable de cuenta",
    "ru": "записано менеджером клиента",
}
NOT_NOW = {"en": "budget cycle", "es": "ciclo presupuestario", "ru": "бюджетный цикл"}
Item = TypeVar("Item")


def chunks(items: Sequence[Item], size: int) -> Iterator[list[Item]]:
    """Lists of at most `size` items."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


def found_people(scenario: Scenario, password_hash: str) -> dict[str, int]:
    """Teams and people who log in; answers the team ids by code."""
    with transaction():
        teams = {team.code: _found_team(team) for team in scenario.teams}
        for skill in scenario.skills:
            create_skill(skill.code, name=skill.name, names=skill.names, actor=ACTOR)
        for person in scenario.people:
            if find_user_by_email(person.email) is not None:
                continue  # the administrator is the same in every demo company
            create_user(
                person.email,
                role=Role(person.role),
                actor=ACTOR,
                name=person.name,
                password_hash=password_hash,
                team_id=teams[person.team] if person.team else None,
                region=person.region,
                locale=person.locale,
                time_zone=person.time_zone,
            )
        boss = get_viewer(_person_named("admin@demo.example").id)
        for email, ability in scenario.abilities.items():
            _staff(_person_named(email).id, ability, boss)
    return teams


def _staff(user_id: int, ability: Ability, boss: Viewer) -> None:
    able = {"skills": ability.skills, "languages": ability.languages, "capacity": ability.capacity}
    change_profile(user_id, viewer=boss, **able)
    if ability.leads_team:
        change_user(user_id, actor=ACTOR, leads_team=True)


def enter_absence_of(scenario: Scenario, end: datetime) -> None:
    """Somebody has been away since yesterday, with work left open."""
    away = scenario.absence
    if away is None:
        return
    person, deputy = _person_named(away.email), _person_named(away.deputy)
    first = end.date() - timedelta(days=1)
    with transaction():
        draft = AbsenceDraft(first, end.date() + timedelta(days=away.days), deputy.id)
        announce_absence(enter_absence(person.id, draft, viewer=get_viewer(person.id)).id)


def _person_named(email: str) -> User:
    person = find_user_by_email(email)
    if person is None:
        raise RuntimeError(f"the demo knows nobody called {email}")
    return person


def _found_team(team: Team) -> int:
    return create_team(team.code, name=team.name, names=team.names, region=None, actor=ACTOR).id


def found_customers(
    scenario: Scenario, accounts: Sequence[PlannedAccount], today: date, progress: Callable[[str], None] = lambda _: None
) -> None:
    """Accounts, contacts, wallets, eighteen months of spend, and consents."""
    owners, done = {person.region: person.email for person in scenario.people if person.role == Role.ACCOUNT_MANAGER}, 0
    for part in chunks(accounts, _CHUNK):
        with transaction():
            with clock.frozen(clock.now() - timedelta(days=DAYS)):  # they have been customers for longer than the demo lasts
                upsert_accounts([_account_row(account, owners, today) for account in part])
                upsert_contacts([row for account in part for row in _contact_rows(account, today)])
            record_wallets([row for account in part for row in _wallet_rows(scenario, account, today)])
            record_spend([row for account in part for row in _spend_rows(scenario.products, account, today)])
            record_consents(list(_consents(part, today)), recorded_by=ACTOR)
        done += len(part)
        progress(f"{done:,} of {len(accounts):,} accounts")


def _account_row(account: PlannedAccount, owners: dict[str | None, str], today: date) -> dict[str, Any]:
    return {
        "external_id": account.external_id,
        "name": account.name,
        "segment": account.segment,
        "industry": account.industry,
        "region": account.region.name,
        "country": account.region.country,
        "time_zone": account.region.time_zone,
        "language": account.region.language,
        "owner_email": owners[account.region.name],
        "value_tier": ValueTier(account.value_tier),
        "annual_revenue": account.annual_revenue,
        "currency": current_exchange().currency,
        "renewal_on": today + timedelta(days=account.renewal_in_days),
    }


def _contact_rows(account: PlannedAccount, today: date) -> Iterator[dict[str, Any]]:
    for contact in account.contacts:
        waits = contact.not_now_days is not None
        yield {
            "account_external_id": account.external_id,
            "external_id": contact.external_id,
            "name": contact.name,
            "email": contact.email,
            "phone": contact.phone,
            "role": ContactRole(contact.role),
            "language": contact.language,
            "not_now_until": today + timedelta(days=contact.not_now_days or 0) if waits else None,
            "not_now_reason": NOT_NOW[account.region.language] if waits else None,
        }


def _wallet_rows(scenario: Scenario, account: PlannedAccount, today: date) -> Iterator[dict[str, Any]]:
    if account.share is not None:
        estimated_on, language = today - timedelta(days=account.wallet_age_days), account.region.language
        yield {
            "account_external_id": account.external_id,
            "category": scenario.wallet_category[language],
            "total_spend": max(round(account.annual_revenue / max(account.share, 0.02), -2), account.annual_revenue),
            "our_spend": account.annual_revenue,
            "method": ESTIMATE[language],
            "source": REVIEW[language],
            "confidence": account.wallet_confidence,
            "as_of": estimated_on,
            "created_at": datetime.combine(estimated_on, time(15), UTC),
        }


def _spend_rows(products: Sequence[str], account: PlannedAccount, today: date) -> Iterator[dict[str, Any]]:
    """One product a month: most have a second one, which they pay every third month."""
    first = int(len(products) * hash_fraction(f"{account.external_id}:product"))
    second = int(len(products) * hash_fraction(f"{account.external_id}:second product"))
    newest = today.year * 12 + today.month - 1
    for back in range(1, MONTHS + 1):
        month = newest - back
        season = 1 + 0.2 * hash_fraction(f"{account.external_id}:{month}")
        yield {
            "account_external_id": account.external_id,
            "month": date(month // 12, month % 12 + 1, 1),
            "amount": round(account.annual_revenue / 12 * season, 2),
            "currency": current_exchange().currency,
            "product_code": products[second if month % 3 == 0 else first],
        }


def _consents(accounts: Sequence[PlannedAccount], today: date) -> Iterator[ConsentDraft]:
    people = [(contact, account.region.language) for account in accounts for contact in account.contacts]
    ids = contact_ids_by_external_id(contact.external_id for contact, _language in people)
    for contact, language in people:
        said_on = today - timedelta(days=30 + int(400 * hash_fraction(contact.external_id + ":consent")))
        for purpose, channel, action in (*contact.consents, *_feedback(contact.external_id)):
            yield ConsentDraft(
                contact_id=ids[contact.external_id],
                purpose=Purpose(purpose),
                channel=Channel(channel),
                action=ConsentAction(action),
                occurred_at=datetime.combine(said_on, time(9), UTC),
                basis="consent",
                evidence=EVIDENCE[language],
            )


def _feedback(external_id: str) -> Iterator[tuple[str, str, str]]:
    """Most people agreed to be asked for their opinion by mail, a few refused, the rest never said."""
    share = hash_fraction(external_id + ":feedback")
    if share < 0.88:
        yield Purpose.FEEDBACK, Channel.EMAIL, "granted" if share < 0.82 else "refused"


def found_routing(scenario: Scenario, teams: dict[str, int]) -> None:
    """Defects and categories to their teams, everything else to the last team; rules that exist stay in front of it."""
    known = [
        # people who speak the customer's language and have the skill, then anybody of the team
        RuleLine(
            defect=team.defects[0],
            team_id=teams[team.code],
            skills=[team.skill],
            customer_language=True,
            prefer_helper=True,
            goes_on_when_full=True,
        )
        for team in scenario.teams
        if team.skill
    ]
    named = [RuleLine(defect=code, team_id=teams[team.code]) for team in scenario.teams for code in team.defects] + [
        RuleLine(category=team.category, team_id=teams[team.code]) for team in scenario.teams if team.category
    ]
    named = [*known, *named]
    with transaction():
        earlier = [line for line in list_rules() if line != RuleLine(team_id=line.team_id, user_id=line.user_id)]
        replace_rules([*earlier, *named, RuleLine(team_id=teams[scenario.teams[-1].code])], actor=ACTOR)


def has_accounts(prefix: str) -> bool:
    """Whether there are accounts whose identity begins with `prefix`."""
    query = sa.select(Account.id).where(Account.external_id.startswith(prefix, autoescape=True)).limit(1)
    return db.session.scalar(query) is not None


def write_catalogue(scenario: Scenario) -> None:
    """The defects that can be cited, in the company's and in the customers' words."""
    for defect in scenario.defects:
        create_defect(
            defect.code,
            category=DefectCategory(defect.category),
            actor=ACTOR,
            name=defect.name,
            names=defect.names,
            wording=defect.wording,
        )
