"""What the gate would say about every account at one moment: a run over all of them, kept in short."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback.gate.rules import Initiation, Outcome, Play
from feedback.kernel.db import Model, enum_type
from feedback.permission.rules import Channel, Purpose


class GateRun(Model):
    """One question put to the gate about every active account. No decision: nobody may act on it."""

    __tablename__ = "gate_run"
    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[Purpose] = mapped_column(enum_type(Purpose))
    channel: Mapped[Channel] = mapped_column(enum_type(Channel))
    initiation: Mapped[Initiation] = mapped_column(enum_type(Initiation))
    at_any_hour: Mapped[bool]  # hours and holidays are left out: a plan for the day
    policy_version: Mapped[str]
    as_of: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    accounts: Mapped[int] = mapped_column(default=0)
    outcomes: Mapped[dict[str, Any]]  # how many accounts got each answer
    opened: Mapped[int | None]  # since the run before, of the accounts in both; None for the first
    closed: Mapped[int | None]


class GateRunAnswer(Model):
    """The answer about one account. `cell` is the place of its six inputs in the truth table (`tables.all_inputs`)."""

    __tablename__ = "gate_run_answer"
    __table_args__ = ({"sqlite_with_rowid": False},)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("gate_run.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True)
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contact.id", ondelete="SET NULL"), index=True)
    outcome: Mapped[Outcome] = mapped_column(enum_type(Outcome))
    play: Mapped[Play] = mapped_column(enum_type(Play))
    cell: Mapped[int]
