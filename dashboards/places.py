"""The places of each role: what stands in the header, in the bottom bar of a phone, and where a log-in leads."""

from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import gettext as _

from dashboards.pages import find_page
from feedback.access.auth import current_viewer
from feedback.access.policy import scope_of
from feedback.access.rules import START_PAGES, Role, Scope, Viewer
from feedback.gate.governing.queries import count_to_decide as drafts_to_decide
from feedback.gate.overriding.queries import count_waiting_for
from feedback.issues.working.concessions import count_to_decide
from feedback.issues.working.mistake_lines import count_to_confirm
from feedback.reporting.inbound_answers import count_quarantined


@dataclass(frozen=True)
class Place:
    """A link of the shell."""

    path: str
    permission: str
    label: Callable[[], str]
    icon: str
    waiting: Callable[[], int] | None = None  # how many things there wait for somebody


def _policies_to_decide() -> int:
    """Drafts of the gate's policy that wait for the viewer's word."""
    return drafts_to_decide(current_viewer())


def _to_decide() -> int:
    return count_to_decide(current_viewer()) + count_to_confirm(current_viewer())


PLACES = (
    Place("/app/readiness", "account.read", lambda: _("Readiness"), "target"),
    Place("/app/today", "plan.read", lambda: _("Today"), "phone"),
    Place("/app/plans", "plan.read", lambda: _("Plans"), "target"),
    Place("/app/issues", "issue.read", lambda: _("Issues"), "inbox"),
    Place("/app/promises", "issue.read", lambda: _("Promises"), "target"),
    Place("/app/causes", "cause.read", lambda: _("Causes"), "chart"),
    Place("/app/concessions", "concession.read", lambda: _("Concessions"), "target", _to_decide),
    Place("/app/progress", "progress.write", lambda: _("Progress mails"), "survey"),
    Place("/app/team", "staff.read", lambda: _("Team"), "team"),
    Place("/app/rules", "rules.write", lambda: _("Rules"), "rules"),
    Place("/app/defects", "report.read", lambda: _("Defects"), "chart"),
    Place("/app/recovery", "report.read", lambda: _("Recovery"), "target"),
    Place("/app/economics", "report.read", lambda: _("Economics"), "chart"),
    Place("/app/accounts", "account.read", lambda: _("Accounts"), "building"),
    Place("/app/initiatives", "initiative.read", lambda: _("Initiatives"), "target"),
    Place("/app/follow-ups", "follow_up.read", lambda: _("Follow-ups"), "phone"),
    Place("/app/disruptions", "disruption.read", lambda: _("Disruptions"), "inbox"),
    Place("/app/renewals", "account.read", lambda: _("Renewals"), "building"),
    Place("/app/sales-plays", "play.read", lambda: _("Sales plays"), "inbox"),
    Place("/app/selling-discipline", "sales.read", lambda: _("Selling discipline"), "chart"),
    Place("/app/exceptions", "override.read", lambda: _("Exceptions"), "target", lambda: count_waiting_for(current_viewer())),
    Place("/app/gate-policy", "policy.read", lambda: _("Gate policy"), "rules", _policies_to_decide),
    Place("/app/waves", "survey.read", lambda: _("Waves"), "wave"),
    Place("/app/programs", "survey.read", lambda: _("Programs"), "survey"),
    Place("/app/opening", "opening.write", lambda: _("What opens issues"), "target"),
    Place("/app/honesty", "honesty.read", lambda: _("Honesty"), "target"),
    Place("/app/coverage", "response.read", lambda: _("Coverage"), "coverage"),
    Place("/app/interview", "interview.write", lambda: _("Calls"), "phone"),
    Place("/app/inbound", "inbound.write", lambda: _("Received"), "inbox", count_quarantined),
    Place("/app/surveys", "response.read", lambda: _("Surveys"), "survey"),
    Place("/app/deliveries", "telling.write", lambda: _("Deliveries"), "bell"),
    Place("/app/webhooks", "webhook.write", lambda: _("Webhooks"), "bell"),
    Place("/app/crm", "crm.write", lambda: _("CRM"), "inbox"),
    Place("/app/loop", "loop.read", lambda: _("Loop speed"), "chart"),
    Place("/app/clocks", "routing.write", lambda: _("Clocks"), "target"),
    Place("/app/permission", "request.read", lambda: _("Permission"), "target"),
    Place("/app/privacy", "person.erase", lambda: _("Erasures"), "erase"),
)

_FIRST: dict[Role | None, tuple[str, ...]] = {
    Role.ACCOUNT_MANAGER: ("/app/readiness", "/app/today", "/app/accounts", "/app/issues", "/app/sales-plays", "/app/renewals"),
    Role.FRONTLINE: ("/app/issues", "/app/promises", "/app/accounts", "/app/readiness"),
    Role.EXECUTIVE: ("/app/defects", "/app/readiness", "/app/recovery", "/app/issues", "/app/accounts", "/app/initiatives"),
    Role.EXPERIENCE_MANAGER: ("/app/waves", "/app/programs", "/app/coverage", "/app/surveys", "/app/defects", "/app/honesty"),
    Role.PRIVACY_OFFICER: ("/app/permission", "/app/privacy", "/app/accounts"),
    Role.ADMIN: ("/app/readiness", "/app/issues", "/app/defects", "/app/accounts"),
}
_LEAD = ("/app/issues", "/app/team", "/app/rules", "/app/promises", "/app/concessions", "/app/causes")


def places_of(viewer: Viewer) -> list[Place]:
    """The places the viewer may go, the most used first."""
    order = _LEAD if viewer.leads_team else _FIRST.get(viewer.role, ())
    there = [place for place in PLACES if find_page(place.path) is not None]
    mine = [place for place in there if scope_of(viewer, place.permission) is not Scope.NONE]
    return sorted(mine, key=lambda place: order.index(place.path) if place.path in order else len(order))


def home_of(viewer: Viewer) -> str:
    """Where the person starts."""
    wanted = START_PAGES.get(viewer.role) if viewer.role else None
    paths = [place.path for place in places_of(viewer)]
    return wanted if wanted in paths else next(iter(paths), "/settings")
