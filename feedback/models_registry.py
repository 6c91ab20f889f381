"""Imports every module with tables, so that metadata is complete for migrations and string foreign keys."""

from feedback.access import models as access
from feedback.accounts import models as accounts
from feedback.audit import models as audit
from feedback.calendars import models as calendars
from feedback.defects import models as defects
from feedback.gate import models as gate
from feedback.gate.contacts import models as sales_contacts
from feedback.gate.governing import models as governing
from feedback.gate.overriding import models as overriding
from feedback.gate.runs import models as gate_runs
from feedback.inlets import models as inlets
from feedback.issues import models as issues
from feedback.issues.verifying import models as verifying
from feedback.issues.working import models as working
from feedback.listening import models as listening
from feedback.outbox import models as outbox
from feedback.outer_loop import models as outer_loop
from feedback.partners import models as partners
from feedback.partners.crm import models as crm
from feedback.permission import models as permission
from feedback.planning import models as planning
from feedback.selling import models as selling
from feedback.staffing import models as staffing
from feedback.surveys import models as surveys
from feedback.surveys.people import models as people
from feedback.telling import models as telling
from feedback.web import models as web

__all__ = [
    "access",
    "accounts",
    "audit",
    "calendars",
    "crm",
    "defects",
    "gate",
    "gate_runs",
    "governing",
    "inlets",
    "issues",
    "listening",
    "outbox",
    "outer_loop",
    "overriding",
    "partners",
    "people",
    "permission",
    "planning",
    "sales_contacts",
    "selling",
    "staffing",
    "surveys",
    "telling",
    "verifying",
    "web",
    "working",
]
