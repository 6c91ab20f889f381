"""The acceptor against a simple model: lists of any cut leave what one answer after the other would leave."""

import threading
from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback.accounts.models import Account, AccountContact, Contact
from feedback.accounts.party_memory import PartyMemory
from feedback.closed_loop.batches import accept_one
from feedback.closed_loop.drafts import Accepted, AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers, accept_read
from feedback.closed_loop.intake.content import read
from feedback.defects.models import Citation, Defect
from feedback.extensions import db
from feedback.kernel import clock
from feedback.surveys.models import Response, ResponseVersion, SurveyProgram
from feedback.uow import transaction

_drafts = st.builds(
    AnswerDraft,
    account_external_id=st.sampled_from(["a", "b"]),
    contact_external_id=st.sampled_from([None, "x", "y"]),
    score=st.sampled_from([2, 9, 11]),
    external_id=st.sampled_from([None, "1", "2", "3"]),
    survey=st.sampled_from(["relationship", "relationship", "relationship", "nosuch"]),
    segment=st.sampled_from([None, "s", "t"]),
    contact_role=st.sampled_from([None, None, "influencer"]),
    comment=st.sampled_from([None, "c"]),
    defects=st.sampled_from([(), ("d",), ("e", "d")]),
)
_RESULT = (Response.score, Response.comment, Response.external_id, Response.segment, Response.role, Response.version)


def _empty() -> None:
    with transaction() as session:
        for model in (Citation, ResponseVersion, Response, AccountContact, Account, Defect):
            session.execute(sa.delete(model))


def _left_behind() -> dict[str, Any]:
    session = db.session
    answers = sa.select(*_RESULT, Account.external_id).join(Account).order_by(Response.id)
    cited = sa.select(Response.external_id, Response.score, Defect.code).select_from(Citation).join(Response).join(Defect)
    roles = sa.select(Account.external_id, AccountContact.role, AccountContact.role_guessed).join(Account)
    return {
        "answers": [tuple(row) for row in session.execute(answers)],
        "cited": sorted(map(str, session.execute(cited))),
        "roles": sorted(map(str, session.execute(roles))),
        "accounts": sorted(map(str, session.execute(sa.select(Account.external_id, Account.segment)))),
        "versions": session.scalar(sa.select(sa.func.count()).select_from(ResponseVersion)),
    }


def _hand_in(
    parts: list[list[AnswerDraft]], options: AcceptOptions, *, remembered: int | None = None
) -> tuple[list[str], dict[str, Any]]:
    _empty()
    outcomes = []
    memory = None if remembered is None else PartyMemory(db.session(), remembered)
    for part in parts:
        with transaction():
            outcomes += accept_read(read(part, clock.now()), options, memory).each()
    kinds = [outcome.status if isinstance(outcome, Accepted) else outcome.code for outcome in outcomes]
    return kinds, _left_behind()


@given(st.lists(_drafts, max_size=10), st.booleans())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_list_does_what_its_answers_do_one_by_one(app: Flask, drafts: list[AnswerDraft], update: bool) -> None:
    options = AcceptOptions(create_defects=True, update=update, actor="test")
    with app.app_context():
        assert db.session.scalar(sa.select(SurveyProgram.code)) == "relationship"
        assert _hand_in([drafts], options) == _hand_in([[draft] for draft in drafts], options)


@given(st.lists(st.lists(_drafts, max_size=4), max_size=4), st.sampled_from([0, 3, 100]))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_import_that_remembers_does_what_one_does_that_looks_up(
    app: Flask, parts: list[list[AnswerDraft]], remembered: int
) -> None:
    options = AcceptOptions(create_defects=True, update=True, actor="test")
    with app.app_context():
        assert _hand_in(parts, options, remembered=remembered) == _hand_in(parts, options)


def _accept(memory: PartyMemory, **said: Any) -> Accepted:
    draft = AnswerDraft("acme", 9, "ana", **said)
    [outcome] = accept_read(read([draft], clock.now()), AcceptOptions(actor="test"), memory).each()
    assert isinstance(outcome, Accepted)
    return outcome


def test_what_somebody_else_wrote_meanwhile_is_seen(app: Flask) -> None:
    with app.app_context():
        memory = PartyMemory(db.session())
        with transaction():
            contact_id = _accept(memory).contact_id

        somebody = sa.create_engine(db.engine.url)
        with somebody.begin() as connection:
            connection.execute(sa.update(Account).values(region="north"))
            connection.execute(sa.update(Contact).values(external_id="somebody else"))
        somebody.dispose()
        with transaction() as session:
            assert _accept(memory).contact_id != contact_id
            assert session.scalars(sa.select(Response.region).order_by(Response.id)).all() == [None, "north"]


def test_what_was_taken_back_is_not_remembered(app: Flask) -> None:
    with app.app_context():
        memory = PartyMemory(db.session())
        with suppress(InterruptedError), transaction():
            _accept(memory)
            raise InterruptedError
        with transaction() as session:
            assert _accept(memory).account_id == session.scalar(sa.select(Account.id))


@given(st.lists(_drafts, max_size=10))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_second_time_nothing_is_created(app: Flask, drafts: list[AnswerDraft]) -> None:
    named = [draft for draft in drafts if draft.external_id is not None]
    options = AcceptOptions(create_defects=True, actor="test")
    with app.app_context():
        _kinds, stored = _hand_in([named], options)
        with transaction():
            again = accept_answers(named, options)
        assert not [outcome for outcome in again if isinstance(outcome, Accepted) and outcome.status != "unchanged"]
        assert _left_behind() == stored


def test_one_name_handed_in_by_many_at_once_is_one_answer(app: Flask) -> None:
    start, statuses = threading.Barrier(10), []

    def hand_in(number: int) -> None:
        with app.app_context():
            start.wait()
            for name in ("r1", "r2", "r3"):
                draft = AnswerDraft(account_external_id=f"acme{number % 2}", score=9, external_id=name, source=f"s{number % 2}")
                outcome = accept_one(draft, actor=f"token:{number}")
                statuses.append(outcome.status if isinstance(outcome, Accepted) else outcome.code)

    threads = [threading.Thread(target=hand_in, args=(number,)) for number in range(10)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert (statuses.count("created"), statuses.count("unchanged")) == (6, 24)
