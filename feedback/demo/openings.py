"""What else opens issues in the demo: wishes, words, complaints and silences; and contracts with their sites."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.queries import get_viewer
from feedback.access.rules import Role, Viewer
from feedback.accounts.exchange import current_exchange
from feedback.accounts.queries import account_ids_by_external_id, contact_ids_by_external_id
from feedback.accounts.upserts import upsert_contracts
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.demo.company import ACTOR, chunks
from feedback.demo.generate import PlannedAccount, hash_fraction
from feedback.demo.scenario import Scenario
from feedback.extensions import db
from feedback.issues.complaints import Complaint, enter_complaint
from feedback.issues.harm import Harm
from feedback.issues.opening_choices import KeywordDraft, list_keywords, save_keyword
from feedback.issues.rules import CallWish, Severity
from feedback.issues.work_items import find_contact_gaps, open_work_items
from feedback.kernel import clock
from feedback.listening.silence import announce_silence
from feedback.surveys.rules import AnswerChannel
from feedback.uow import transaction

RULE = KeywordDraft(
    name="Leaving us",
    phrases={
        "en": ["cancel*", "terminat*", "another provider", "competitor*"],
        "es": ["cancelar", "rescindir", "otro proveedor", "competencia"],
        "ru": ["расторг*", "другого поставщика", "конкурент*"],
    },
    severity=Severity.MAJOR,
)
LEAVING = {
    "en": "All fine so far, but we are comparing offers: another provider is cheaper.",
    "es": "Todo bien por ahora, pero comparamos ofertas: otro proveedor es más barato.",
    "ru": "Пока всё хорошо, но мы сравниваем: у другого поставщика дешевле.",
}
WHEN = {"en": "after 3 pm", "es": "después de las 15 h", "ru": "после 15 часов"}
COMPLAINTS: Mapping[str, Mapping[str, str]] = {
    "insurer": {
        "en": "Forty of our insured have waited for their money for five weeks and call us every day.",
        "es": "Cuarenta de nuestros asegurados esperan su dinero desde hace cinco semanas y nos llaman a diario.",
        "ru": "Сорок наших застрахованных ждут денег пять недель и звонят нам каждый день.",
    },
    "property": {
        "en": "The lift has stood still for a week. Our customers on the third floor cannot reach us.",
        "es": "El ascensor lleva una semana parado. Nuestros clientes de la tercera planta no llegan.",
        "ru": "Лифт стоит неделю. Наши клиенты на третьем этаже не могут до нас добраться.",
    },
}
HARMED = {
    "en": "They wait, and blame our customer for it.",
    "es": "Esperan, y culpan de ello a nuestro cliente.",
    "ru": "Они ждут и винят в этом нашего клиента.",
}
AGREEMENT = {"en": "Framework agreement", "es": "Acuerdo marco", "ru": "Рамочный договор"}
LEASE = {"en": "Lease", "es": "Arrendamiento", "ru": "Аренда"}


def found_rules() -> None:
    """A rule that listens for words; a company that was loaded before has it already."""
    with transaction():
        if RULE.name not in {line.name for line in list_keywords()}:
            save_keyword(RULE, actor=ACTOR)


def found_contracts(scenario: Scenario, accounts: Sequence[PlannedAccount], today: date) -> None:
    """Tenants have leases in buildings, some two of them; an insurer's networks a framework agreement."""
    make = _leases if scenario.code == "property" else _agreements
    for part in chunks(accounts, 2_000):
        with transaction():
            upsert_contracts([row for account in part for row in make(account, today)])


def _leases(account: PlannedAccount, today: date) -> Iterator[dict[str, Any]]:
    towns, language = account.region.towns, account.region.language
    for number in range(1 + (hash_fraction(account.external_id + ":second") < 0.12)):
        town = towns[int(hash_fraction(f"{account.external_id}:{number}:town") * len(towns))]
        yield _contract(account, f"L{number + 1}", LEASE[language], today + timedelta(days=210 * number)) | {
            "site_external_id": f"{account.region.name}-{town}",
            "site_name": f"{town}, {account.region.name}",
            "site_kind": "property",
        }


def _agreements(account: PlannedAccount, today: date) -> Iterator[dict[str, Any]]:
    if account.segment == "Network":
        yield _contract(account, "F1", AGREEMENT[account.region.language], today)


def _contract(account: PlannedAccount, suffix: str, name: str, today: date) -> dict[str, Any]:
    return {
        "account_external_id": account.external_id,
        "external_id": f"{account.external_id}-{suffix}",
        "name": name,
        "renewal_on": today + timedelta(days=account.renewal_in_days),
        "annual_value": account.annual_revenue,
        "currency": current_exchange().currency,
        "ended": False,
    }


def play_openings(scenario: Scenario, accounts: Sequence[PlannedAccount], end: datetime) -> None:
    """The last days: somebody wants to be called, somebody talks of leaving, two complain, and some were forgotten."""
    chosen = [accounts[place * len(accounts) // 9] for place in range(1, 9)]
    with clock.frozen(end - timedelta(days=2)), transaction():
        open_work_items(find_contact_gaps())
        announce_silence()
    with clock.frozen(end - timedelta(hours=20)), transaction():
        accept_answers(list(_answers(chosen[:4])), AcceptOptions(actor=ACTOR))
    with clock.frozen(end - timedelta(hours=6)), transaction():
        _complain(scenario, chosen[4:6], _somebody(scenario))


def _answers(accounts: Sequence[PlannedAccount]) -> Iterator[AnswerDraft]:
    for place, account in enumerate(accounts):
        person = account.contacts[-1]
        wish = CallWish(person.phone, WHEN[account.region.language]) if place % 2 == 0 else None
        yield AnswerDraft(
            source="demo",
            external_id=f"{account.external_id}-opening",
            account_external_id=account.external_id,
            contact_external_id=person.external_id,
            score=8 + place % 2,
            comment=None if wish else LEAVING[account.region.language],
            language=account.region.language,
            channel=AnswerChannel.WEB,
            call_me=wish,
            responded_at=clock.now(),
        )


def _complain(scenario: Scenario, accounts: Sequence[PlannedAccount], viewer: Viewer) -> None:
    for place, account in enumerate(accounts):
        language, person = account.region.language, account.contacts[0]
        enter_complaint(
            Complaint(
                account_id=account_ids_by_external_id([account.external_id])[account.external_id],
                contact_id=contact_ids_by_external_id([person.external_id])[person.external_id],
                text=COMPLAINTS[scenario.code][language],
                severity=Severity.MINOR,
                harm=Harm(count=40, what=HARMED[language]) if place == 0 else None,
                external_system="helpdesk",
                external_id=f"{account.external_id}-1",
            ),
            viewer=viewer,
        )


def _somebody(scenario: Scenario) -> Viewer:
    email = next(person.email for person in scenario.people if person.role == Role.ADMIN)
    return get_viewer(db.session.execute(sa.select(User.id).where(User.email == email)).scalar_one())
