"""Why a defect happens: the root causes of the issues about it, the most frequent first."""

from typing import Any

from dash import dcc, html
from flask_babel import gettext as _
from flask_babel import ngettext

from feedback.access.rules import Viewer
from feedback.defects.models import Defect
from feedback.extensions import db
from feedback.issues.working.cause_tree import CauseFilter, count_causes, count_without_cause

Component = Any
SHOWN = 5


def causes_section(viewer: Viewer, code: str) -> list[Component]:
    """The causes that issues about this defect were put down to; those below a cause count there only."""
    defect_id = db.session.query(Defect.id).filter(Defect.code == code).scalar()
    wanted = CauseFilter(defect_id=defect_id)
    lines = [line for line in count_causes(viewer, wanted, retired=True) if line.issues]
    leaves = [line for line in lines if line.id not in {other.parent_id for other in lines}]
    if not leaves:
        return []
    shown = [
        html.Li([line.path, " · ", ngettext("%(num)s issue", "%(num)s issues", line.issues)])
        for line in sorted(leaves, key=lambda line: (-line.issues, line.path))[:SHOWN]
    ]
    without = count_without_cause(viewer, wanted)
    told = ngettext("%(num)s issue has no cause yet.", "%(num)s issues have no cause yet.", without)
    more = html.P([told + " ", dcc.Link(_("All causes"), href="/app/causes")], className="cl-note")
    return [html.H3(_("Why it happens")), html.Ul(shown, className="cl-lines"), more]
