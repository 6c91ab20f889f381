"""What opens issues, as somebody set it: read with every group of answers."""

from typing import Any

import sqlalchemy as sa

from feedback.defects.models import Defect
from feedback.extensions import db
from feedback.issues.models import KeywordRuleRow, OpeningRuleRow
from feedback.issues.rules import KeywordRule, OpeningRule, OpeningRules
from feedback.kernel.prepared import Prepared

_rule, _keyword, _defect = OpeningRuleRow.__table__.c, KeywordRuleRow.__table__.c, Defect.__table__.c
_RULES = Prepared(sa.select(_rule.name, _rule.active, _rule.params))
_KEYWORDS = Prepared(
    sa.select(_keyword.id, _keyword.name, _keyword.phrases, _keyword.severity, _keyword.defect_id, _defect.category)
    .join_from(KeywordRuleRow.__table__, Defect.__table__, _defect.id == _keyword.defect_id, isouter=True)
    .where(_keyword.active)
    .order_by(_keyword.id)
)


def get_opening_rules() -> OpeningRules:
    """The rules as they hold."""
    return OpeningRules({name: OpeningRule(name, active, params) for name, active, params in _rows(_RULES)})


def list_keyword_rules() -> list[KeywordRule]:
    """The keyword rules that are on, in the order in which they are tried."""
    return [KeywordRule(*row) for row in _rows(_KEYWORDS)]


def _rows(statement: Prepared) -> list[Any]:
    return statement.rows(db.session.connection(), {})
