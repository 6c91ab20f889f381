"""Reading stored decisions, for the eyes of one viewer, and recomputing them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _

from feedback.access.models import User
from feedback.access.rules import Viewer
from feedback.accounts.models import Account, Contact
from feedback.accounts.queries import account_scope
from feedback.extensions import db
from feedback.gate import wording
from feedback.gate.models import GateDecision
from feedback.gate.overriding.rules import is_silent_detractor, lifted, never
from feedback.gate.policies import get_tables
from feedback.gate.rules import GateInputs, Outcome, Play, Stance
from feedback.gate.sealing import is_intact
from feedback.gate.tables import HitPolicyBroken, Tables, Verdict
from feedback.gate.told import told_reasons
from feedback.issues.models import Issue
from feedback.kernel.errors import Conflict, NotFound
from feedback.outer_loop.models import Disruption
from feedback.web.naming import text_for_reader

_COLUMNS = GateDecision.__table__.c


def get_decision(decision_id: int, viewer: Viewer) -> dict[str, Any]:
    """The stored row, if the viewer's scope holds its account.

    Raises:
        NotFound: missing, or about somebody else's account.
    """
    query = sa.select(*_COLUMNS, Contact.external_id.label("contact_external_id")).join(
        Account, Account.id == _COLUMNS.account_id
    )
    query = query.outerjoin(Contact, Contact.id == _COLUMNS.contact_id)
    found = (
        db.session.execute(query.where(_COLUMNS.id == decision_id, account_scope(viewer, "gate.read"))).mappings().one_or_none()
    )
    if found is None:
        raise NotFound
    return dict(found)


def state_of(row: Mapping[str, Any], now: datetime) -> str:
    """`live`, `expired` or `invalidated`: only a live decision may be acted on, and none that somebody changed is live."""
    if row["invalidated_at"] is not None or not is_trustworthy(row):
        return "invalidated"
    return "expired" if row["expires_at"] <= now else "live"


def is_trustworthy(row: Mapping[str, Any]) -> bool:
    """Whether the row and its marks still are what was sealed."""
    return is_intact(row, current_app.config["SECRET_KEY"])


def explain(row: Mapping[str, Any]) -> list[wording.Reason]:
    """The stored reasons as sentences, with today's names; of a changed row only that it was changed."""
    if not is_trustworthy(row):
        text = _("This decision was changed after it was stored; its reasons cannot be trusted.")
        return [wording.Reason(str(code), text, []) for code in row["reasons"]]
    return wording.reasons(row["reasons"], row["evidence"], names_in(row["evidence"]))


def verdict_of(row: Mapping[str, Any]) -> Verdict:
    """The stored answer as the tables gave it; its stance is looked up in the tables of its version."""
    rows = (str(row["rows_hit"][0]), str(row["rows_hit"][1]))
    return Verdict(
        Outcome(row["outcome"]), Play(row["play"]), _stance(row["policy_version"], rows[0]), tuple(row["reasons"]), rows
    )


def _stance(version: str, relationship_row: str) -> Stance:
    try:
        hit = [one.stance for one in get_tables(version).relationship if one.id == relationship_row]
    except Conflict:
        hit = []
    return Stance(hit[0]) if hit else Stance.HOLD  # a policy that was tampered with excuses nothing


def _was_erased(row: Mapping[str, Any]) -> bool:
    """Whether the decision names nobody because its contact does not exist any more; ids are never given again."""
    meant = sa.select(Contact.id).where(Contact.id == row["evidence"]["contact_id"])
    return row["contact_id"] is None and db.session.scalar(meant) is None


def names_in(evidence: Mapping[str, Any]) -> wording.Names:
    """Today's names of everybody and everything the evidence points to."""
    advocacy = evidence["advocacy"]
    ids = {answer["contact_id"] for answer in (*advocacy["answers"], *advocacy["holding"])} | {evidence["contact_id"]}
    blocks = (evidence["timing"] or {}).get("because", ())
    ids |= {block.get("contact") for block in blocks}
    people = sa.select(Contact.id, sa.func.coalesce(Contact.name, Contact.external_id)).where(Contact.id.in_(ids - {None}))
    issues = [issue["id"] for issue in evidence["issues"]]
    owners = sa.select(Issue.id, User.name).outerjoin(User, User.id == Issue.owner_id).where(Issue.id.in_(issues))
    names = dict(row for row in db.session.execute(people))
    disruptions = sa.select(Disruption.id, text_for_reader(Disruption.titles, Disruption.title)).where(
        Disruption.id.in_([one["id"] for one in evidence.get("disruptions", ())])
    )
    titles = dict(row for row in db.session.execute(disruptions))
    sellers = {block.get("by") for block in blocks} | {(evidence.get("override") or {}).get("by")}
    sellers |= {one["by"] for one in evidence.get("colleagues", ())}
    sellers -= {None}
    staff = sa.select(User.id, User.name).where(User.id.in_(sellers))
    told = dict(row for row in db.session.execute(staff)) if sellers else {}
    return wording.Names(names, dict(row for row in db.session.execute(owners)), titles, told)


@dataclass(frozen=True)
class Replay:
    """What the stored tables say about the stored inputs."""

    verdict: Verdict
    policy_version: str


def replay(row: Mapping[str, Any]) -> Replay:
    """Recompute a decision from its stored inputs with the stored tables of its policy version.

    Raises:
        Conflict: the decision or its policy is not what was stored, or the tables give another answer; the message says which.
    """
    number = row["id"]
    if not is_trustworthy(row):
        raise Conflict(
            f"Decision {number} was changed after it was stored: its seal does not match. "
            "(So it also looks when the installation's secret key was replaced.)"
        )
    if row["contact_id"] != row["evidence"]["contact_id"] and not _was_erased(row):
        raise Conflict(f"Decision {number} was changed after it was stored: it names another contact than its evidence.")
    tables = get_tables(row["policy_version"])
    try:
        inputs = GateInputs.from_data(row["inputs"])
        verdict = _with_override(tables.decide(inputs), inputs, tables, row)
    except (HitPolicyBroken, KeyError, ValueError) as error:
        raise Conflict(f"The tables of {row['policy_version']} do not decide the inputs of decision {number}: {error}") from error
    # what the tables know as an open issue may have been a disruption: the evidence says so
    verdict = verdict._replace(reasons=told_reasons(verdict.reasons, row["evidence"]))
    stored = (row["outcome"], row["play"], list(row["reasons"]), list(row["rows_hit"]))
    if stored != (verdict.outcome.value, verdict.play.value, list(verdict.reasons), list(verdict.rows)):
        raise Conflict(f"Decision {number} says {row['outcome']}, but its own inputs and tables give {verdict.outcome}.")
    return Replay(verdict, row["policy_version"])


def _with_override(verdict: Verdict, inputs: GateInputs, tables: Tables, row: Mapping[str, Any]) -> Verdict:
    """The tables' answer, lifted where the decision rests on an exception that may be one."""
    evidence = row["evidence"]
    if "override" not in evidence:
        return verdict
    if never(verdict.outcome, inputs, silent_detractor=is_silent_detractor(evidence)) is not None:
        raise Conflict(f"Decision {row['id']} rests on an exception that its own inputs do not allow.")
    return lifted(verdict, inputs, tables)
