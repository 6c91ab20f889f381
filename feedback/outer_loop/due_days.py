"""The day by which everybody in a follow-up is told: given, changed with a reason, remembered. Call inside `transaction()`."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _

from feedback.access.queries import lead_of
from feedback.access.rules import Viewer
from feedback.audit import service as audit
from feedback.calendars.queries import Calendars
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput
from feedback.kernel.wall_clock import FARTHEST
from feedback.outer_loop import news
from feedback.outer_loop.models import Disruption, FollowUpBatch, FollowUpItem, Initiative
from feedback.outer_loop.queries.due_days import DUE_CHANGED, hours_of, today_of
from feedback.outer_loop.rules.due import DueNews, due_news, working_day
from feedback.outer_loop.rules.states import DONE_ITEMS

_KINDS = {DueNews.SOON: "follow_up_due", DueNews.TODAY: "follow_up_due", DueNews.LATE: "follow_up_late"}


def first_day(team_id: int | None) -> date:
    """The day of a follow-up that is made now, by the calendar of who tells the customers."""
    hours = hours_of(Calendars(), team_id)
    return working_day(hours, today_of(hours), current_app.extensions["closedloop_settings"].follow_up_days)


def change_day(batch: FollowUpBatch, day: date, *, reason: str | None, viewer: Viewer) -> None:
    """Give it another day; why stays on record, and the new day is remembered anew.

    Raises:
        InvalidInput: the day has passed, or no reason was given.
    """
    if day == batch.due_on:
        return
    words, errors = (reason or "").strip(), {}
    if not words:
        errors["reason"] = [_("Say in a few words why the day changes.")]
    if day < today_of(hours_of(Calendars(), batch.team_id)):
        errors["due_on"] = [_("The day has to lie ahead.")]
    if day > (clock.now() + FARTHEST).date():
        errors["due_on"] = [_("This lies more than ten years ahead: check the year.")]
    if errors:
        raise InvalidInput(errors)
    before = batch.due_on.isoformat() if batch.due_on else None
    batch.due_on, batch.due_told = day, DueNews.NOTHING
    db.session.flush()
    audit.record(viewer.actor, DUE_CHANGED, "follow_up_batch", batch.id, before=before, after=day.isoformat(), reason=words)


def batches_to_remember() -> Sequence[int]:
    """Open follow-ups about whose day something is to be said that was not said yet."""
    query = sa.select(FollowUpBatch.id, FollowUpBatch.team_id, FollowUpBatch.due_on, FollowUpBatch.due_told)
    waiting = query.where(
        FollowUpBatch.closed_at.is_(None), FollowUpBatch.due_on.is_not(None), FollowUpBatch.due_told < DueNews.LATE
    )
    calendars, rows = Calendars(), db.session.execute(waiting.order_by(FollowUpBatch.id)).all()
    return [row.id for row in rows if _news(calendars, row.team_id, row.due_on) > row.due_told]


def _news(calendars: Calendars, team_id: int | None, due_on: date | None) -> DueNews:
    if due_on is None:
        return DueNews.NOTHING
    hours = hours_of(calendars, team_id)
    return due_news(hours, due_on, today_of(hours))


def remember_day(batch_id: int) -> bool:
    """Who tells the customers hears that the day comes, and once that it has passed; then their lead hears it too."""
    batch = db.session.scalar(sa.select(FollowUpBatch).where(FollowUpBatch.id == batch_id).with_for_update())
    if batch is None or batch.closed_at is not None or batch.due_on is None:
        return False
    said = _news(Calendars(), batch.team_id, batch.due_on)
    if said <= batch.due_told:
        return False
    batch.due_told = said
    left = sa.select(sa.func.count()).where(FollowUpItem.batch_id == batch_id, FollowUpItem.state.not_in(DONE_ITEMS))
    people = news.team_members(batch.team_id)
    if said is DueNews.LATE:
        people.append(lead_of(batch.team_id) or 0)
    news.tell(
        [person for person in people if person], f"follow-up-day:{batch_id}:{batch.due_on.isoformat()}:{said}", _KINDS[said],
        f"/app/follow-ups/{batch_id}", count=db.session.scalar(left) or 0, due_on=batch.due_on.isoformat(), **_about(batch),
    )  # fmt: skip
    return True


def _about(batch: FollowUpBatch) -> dict[str, object]:
    if batch.disruption_id is None:
        return {"title": db.session.get_one(Initiative, batch.initiative_id).title}
    disruption = db.session.get_one(Disruption, batch.disruption_id)
    return {"title": disruption.title, "titles": disruption.titles}
