"""The work on issues in the demo: causes, templates, fixes with owners, concessions, managers who stand up for customers."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.queries import get_viewer, lead_of
from feedback.access.rules import Role, Viewer
from feedback.accounts.models import Account
from feedback.demo.scenario import Scenario
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.rules import WORK_ITEMS, IssueState
from feedback.issues.service import NewIssue, open_issue
from feedback.issues.working.advocacy import escalate, nudge, watch
from feedback.issues.working.cause_tree import list_causes
from feedback.issues.working.causes import add_cause
from feedback.issues.working.concessions import decide_concession, request_concession
from feedback.issues.working.diagnosis import Cause, Fix, diagnose, plan_fix
from feedback.issues.working.mistakes import claim_mistake
from feedback.issues.working.templates import add_template, list_templates
from feedback.kernel import clock
from feedback.uow import transaction

# group → causes; the first three belong to the three stories that staff tell of causes
CAUSES: Sequence[tuple[Mapping[str, str], Sequence[Mapping[str, str]]]] = (
    (
        {"en": "People", "es": "Personas", "ru": "Люди"},
        (
            {"en": "Nobody stands in", "es": "Nadie sustituye", "ru": "Нет замены"},
            {"en": "Training", "es": "Formación", "ru": "Обучение"},
        ),
    ),
    (
        {"en": "Systems", "es": "Sistemas", "ru": "Системы"},
        (
            {
                "en": "No owner between two systems",
                "es": "Sin responsable entre dos sistemas",
                "ru": "Ничьё между двумя системами",
            },
            {"en": "Slow interface", "es": "Interfaz lenta", "ru": "Медленный обмен данными"},
        ),
    ),
    (
        {"en": "Suppliers", "es": "Proveedores", "ru": "Поставщики"},
        (
            {"en": "Outdated forms", "es": "Formularios antiguos", "ru": "Устаревшие формы"},
            {"en": "Late deliveries", "es": "Entregas tardías", "ru": "Поздние поставки"},
        ),
    ),
)
STORIES = ("Nobody stands in", "No owner between two systems", "Outdated forms")
WHYS: Sequence[Mapping[str, Sequence[str]]] = (
    {
        "en": ("The file waited two weeks.", "The second signature was missing.", "Nobody stands in for the signer."),
        "es": ("El expediente esperó dos semanas.", "Faltaba la segunda firma.", "Nadie sustituye al firmante."),
        "ru": ("Дело ждало две недели.", "Не было второй подписи.", "Подписывающего некому заменить."),
    },
    {
        "en": ("Nobody answered the customer.", "The case had no owner.", "The new system takes over cases without one."),
        "es": ("Nadie contestó al cliente.", "El caso no tenía responsable.", "El sistema nuevo los recibe sin responsable."),
        "ru": ("Клиенту никто не ответил.", "У дела не было ответственного.", "Новая система принимает дела без него."),
    },
    {
        "en": ("The papers came back.", "The form was an old one.", "Nobody hears when the supplier changes it."),
        "es": ("La documentación fue devuelta.", "El formulario era antiguo.", "Nadie se entera cuando el proveedor lo cambia."),
        "ru": ("Документы вернулись.", "Форма была старая.", "Никто не узнаёт, когда поставщик её меняет."),
    },
)
OWN_WORDS = {
    "en": "The regional office has another holiday than we do",
    "es": "La oficina regional tiene otro festivo que nosotros",
    "ru": "В региональном офисе другие праздники, чем у нас",
}
TEMPLATES: Sequence[tuple[str, Mapping[str, Mapping[str, str]]]] = (
    (
        "Weekly update",
        {
            "en": {
                "subject": "{number}: where we are this week",
                "text": "Good day {name},\n\nabout “{problem}”: this week we …\n\n{promise}\n\n{owner}\n{company}",
            },
            "es": {
                "subject": "{number}: en qué punto estamos esta semana",
                "text": "Buenos días, {name}:\n\nsobre «{problem}»: esta semana hemos …\n\n{promise}\n\n{owner}\n{company}",
            },
            "ru": {
                "subject": "{number}: что сделано за неделю",
                "text": "Добрый день, {name}!\n\nО «{problem}»: на этой неделе мы …\n\n{promise}\n\n{owner}\n{company}",
            },
        },
    ),
)
REASONS = {
    "en": "Five weeks late, and the customer paid the interim solution",
    "es": "Cinco semanas de retraso, y el cliente pagó la solución provisional",
    "ru": "Пять недель опоздания, временное решение оплатил клиент",
}
NO = {
    "en": "The contract covers this already",
    "es": "El contrato ya lo cubre",
    "ru": "Это уже покрывает договор",
}
WAITING = {
    "en": "They ask me every day; when will they hear from you?",
    "es": "Me preguntan a diario; ¿cuándo les llamarás?",
    "ru": "Они спрашивают меня каждый день: когда вы им ответите?",
}
MISTAKEN = {
    "en": (
        "Calls about a delivery they never ordered",
        "It was another customer of almost the same name; theirs is open",
    ),
    "es": ("Reclama una entrega que nunca pidió", "Era otro cliente de nombre casi igual; su propia incidencia está abierta"),
    "ru": ("Жалуется на поставку, которой не заказывал", "Это другой клиент с похожим названием; его обращение уже открыто"),
}
LEAVING = {
    "en": "The buyer talks to a competitor on Friday",
    "es": "El comprador habla el viernes con un competidor",
    "ru": "В пятницу покупатель встречается с конкурентом",
}


def found_work() -> None:
    """The tree and the templates; a company that was loaded before has them already."""
    viewer = Viewer(kind="token", name="demo")
    with transaction():
        if not list_causes(retired=True):
            for group, below in CAUSES:
                parent = add_cause(group["en"], names=_others(group), viewer=viewer).id
                for cause in below:
                    add_cause(cause["en"], parent_id=parent, names=_others(cause), viewer=viewer)
        if not list_templates(retired=True):
            for name, letters in TEMPLATES:
                add_template(name, letters, viewer=viewer)


def _others(names: Mapping[str, str]) -> dict[str, str]:
    return {code: name for code, name in names.items() if code != "en"}


def story(place: int, text: str, locale: str) -> dict[str, Any]:
    """What staff say of a cause: the one of the tree, their own words, and how they got there."""
    ids = {line.plain_name: line.id for line in list_causes()}
    return {"root_cause": text, "root_cause_id": ids.get(STORIES[place]), "whys": list(WHYS[place][locale])}


def play_work(scenario: Scenario, end: datetime) -> None:
    """The last days: fixes get owners, something is asked for and decided, and managers stand up for their customers."""
    issues = _open_issues(scenario)
    with clock.frozen(end - timedelta(hours=30)), transaction():
        for issue in issues:
            _plan(issue)
    with clock.frozen(end - timedelta(hours=8)), transaction():
        worked = [issue for issue in issues if issue.state in (IssueState.IN_FIX, IssueState.FIXED, IssueState.DIAGNOSED)]
        for place, issue in enumerate(worked[:4]):
            _concede(issue, place)
    with clock.frozen(end - timedelta(hours=5)), transaction():
        for place, issue in enumerate(issues[:6]):
            _stand_up(issue, place)
    with clock.frozen(end - timedelta(hours=3)), transaction():
        for issue in issues[:1]:
            _enter_by_mistake(issue)


def _open_issues(scenario: Scenario) -> list[Issue]:
    ours = sa.select(Account.id).where(Account.external_id.like(f"{scenario.code[:3].upper()}-%"))
    query = sa.select(Issue).where(
        Issue.closed_at.is_(None), Issue.owner_id.is_not(None), Issue.queued_at.is_(None), Issue.account_id.in_(ours)
    )
    found = db.session.scalars(query.order_by(Issue.priority.desc(), Issue.id)).all()
    return [issue for issue in found if issue.source not in WORK_ITEMS]


def _plan(issue: Issue) -> None:
    owner = get_viewer(issue.owner_id or 0)
    if issue.state in (IssueState.DIAGNOSED, IssueState.IN_FIX):
        colleagues = sa.select(User.id).where(User.active, User.team_id == owner.team_id, User.role == Role.FRONTLINE)
        people = list(db.session.scalars(colleagues.order_by(User.id)))
        plan_fix(issue.id, Fix(people[issue.number % len(people)]), viewer=owner)
    elif issue.state is IssueState.CONTACTED and issue.number % 7 == 0:
        diagnose(issue.id, Cause(text=OWN_WORDS[owner.locale]), viewer=owner)


def _concede(issue: Issue, place: int) -> None:
    owner = get_viewer(issue.owner_id or 0)
    made = request_concession(issue.id, amount=(250, 1200, 90, 400)[place], reason=REASONS[owner.locale], viewer=owner)
    lead = lead_of(issue.team_id)
    if lead is None or lead == owner.user_id or place > 1:
        return  # it waits
    boss = get_viewer(lead)
    decide_concession(made.id, approve=place == 0, words="" if place == 0 else NO[boss.locale], viewer=boss)


def _enter_by_mistake(issue: Issue) -> None:
    """Somebody wrote down what another customer said, and noticed; the lead has to confirm it."""
    owner = get_viewer(issue.owner_id or 0)
    manager_id = db.session.scalar(sa.select(Account.owner_id).where(Account.id == issue.account_id))
    who = get_viewer(manager_id) if manager_id is not None else owner
    title, reason = MISTAKEN[who.locale]
    made = open_issue(NewIssue(issue.account_id, title=title), viewer=who)
    claim_mistake(made.id, reason=reason, viewer=who)


def _stand_up(issue: Issue, place: int) -> None:
    manager_id = db.session.scalar(sa.select(Account.owner_id).where(Account.id == issue.account_id))
    if manager_id is None:
        return
    manager = get_viewer(manager_id)
    watch(issue.id, viewer=manager)
    if place == 1:
        nudge(issue.id, said=WAITING[manager.locale], viewer=manager)
    if place == 2:
        escalate(issue.id, reason=LEAVING[manager.locale], viewer=manager)
