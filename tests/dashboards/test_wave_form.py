"""The planner of a wave: a page that stood open overwrites nothing, and what is started is what was rehearsed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask

from dashboards.pages.waves.saving import from_store, in_store, save
from feedback.access.rules import Role
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import Conflict, InvalidInput
from feedback.listening import queries
from feedback.listening.drafts import WaveDraft, draft_of
from feedback.listening.models import Wave
from feedback.listening.planning import start_wave
from feedback.listening.rules.states import WaveState
from tests.dashboards.viewing import body_of, texts, viewing
from tests.factories import make_account, make_user
from tests.slices.listening.asking import ACTOR, ask, draw_up

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LATER = datetime(2026, 12, 9, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def monday(app: Flask) -> Iterator[None]:
    with app.app_context(), clock.frozen(MONDAY):
        yield


def _stored(component: Any) -> Iterator[dict[str, Any]]:
    """What the stores of a layout hold."""
    if type(component).__name__ == "Store":
        yield component.data
    inside = getattr(component, "children", None)
    for one in inside if isinstance(inside, list | tuple) else [inside]:
        if one is not None and not isinstance(one, str):
            yield from _stored(one)


def _shown(app: Flask, wave: int) -> dict[str, Any]:
    """What the planner keeps of the draft that it was drawn with."""
    with viewing(app, make_user(Role.EXPERIENCE_MANAGER)) as viewer:
        [shown] = _stored(body_of(viewer, f"/app/waves/new?wave={wave}"))
    return shown


def _write(shown: dict[str, Any], actor: str = ACTOR, **typed: Any) -> WaveDraft:
    """Send the form with something typed in it; answers the draft that is stored then."""
    save(shown["wave"], shown["form"] | typed, shown["form"], from_store(shown["draft"]), actor=actor)
    return draft_of(queries.get_wave(shown["wave"]))


def test_of_a_page_that_stood_open_only_what_was_changed_is_stored(app: Flask) -> None:
    shown = _shown(app, draw_up())
    _write(shown, name="Winter")
    assert (_write(shown, per_day=40).name, _write(shown, per_day=40).per_day) == ("Winter", 40)


def test_what_somebody_else_changed_meanwhile_is_refused_with_field_and_name(app: Flask) -> None:
    wave, faster = draw_up(), make_user(Role.EXPERIENCE_MANAGER, name="Ada Faster")
    shown = _shown(app, wave)
    _write(shown, actor=f"user:{faster}", roles=["user"])
    with pytest.raises(Conflict, match="Ada Faster has changed meanwhile: “Who”"):
        _write(shown, roles=["influencer"])
    assert queries.get_wave(wave).audience == {"roles": ["user"]}


def test_a_draft_comes_back_from_the_page_as_it_was() -> None:
    draft = draft_of(queries.get_wave(draw_up(audience={"roles": ["user"], "not_heard_days": 90}, per_day=7)))
    assert from_store(in_store(draft)) == draft


def test_customers_that_the_api_listed_by_number_stay_the_only_ones(app: Flask) -> None:
    acme, _ = make_account(external_id="acme"), make_account(external_id="other")
    shown = _shown(app, draw_up(audience={"account_ids": [acme]}))
    assert shown["form"]["accounts"] == "acme"
    assert _write(shown, name="Winter").audience == {"account_ids": [acme]}


def test_a_last_day_that_is_over_is_said_while_planning(app: Flask) -> None:
    with pytest.raises(InvalidInput) as refused:
        draw_up(starts_on=date(2026, 11, 2), ends_on=date(2026, 11, 20))
    assert refused.value.errors == {"ends_on": ["This day is over: choose a later one."]}


def test_a_draft_whose_last_day_is_over_says_so_and_gets_the_days_that_the_form_shows(app: Flask) -> None:
    wave = draw_up()
    with clock.frozen(LATER):
        with viewing(app, make_user(Role.EXPERIENCE_MANAGER)) as viewer:
            pages = [texts(body_of(viewer, path)) for path in (f"/app/waves/{wave}", f"/app/waves/new?wave={wave}")]
        draft = _write(_shown(app, wave), ends_on="2026-12-18")
    assert "The last day of this wave is over; move its dates. Change the plan" in pages[0]
    assert "The last day of this wave, Dec 4, is over: choose new days." in pages[1]
    assert (draft.starts_on, draft.ends_on) == (date(2026, 12, 9), date(2026, 12, 18))


def test_a_plan_that_was_changed_since_its_rehearsal_was_shown_is_not_started() -> None:
    ask(make_account())
    wave = draw_up(audience={"roles": ["decision_maker"]})
    seen = draft_of(queries.get_wave(wave))
    save(wave, _typed(seen, roles=[]), _typed(seen), seen, actor=ACTOR)
    with pytest.raises(Conflict, match="The plan was changed since this rehearsal was shown"):
        start_wave(wave, actor=ACTOR, seen=seen)
    db.session.rollback()
    assert db.session.get_one(Wave, wave).state is WaveState.DRAFT
    start_wave(wave, actor=ACTOR, seen=draft_of(queries.get_wave(wave)))


def _typed(draft: WaveDraft, **typed: Any) -> dict[str, Any]:
    return in_store(draft) | draft.audience | typed
