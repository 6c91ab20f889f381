"""The gate's answers about many accounts at once, through the very functions that decide about one; several processes share them.

A child process has an application and a connection of its own, reads a part of the accounts, and hands back short rows; only the
parent writes.
"""

import gc
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from flask import Flask, current_app

from config import Settings
from feedback.gate.evaluation import find_inputs, find_moment, find_verdict
from feedback.gate.limits import Limits, current_limits
from feedback.gate.rules import GateInputs, Initiation, Outcome, Play
from feedback.gate.standing import accounts_by_id, facts_of
from feedback.gate.tables import all_inputs
from feedback.gate.timing import Approaching
from feedback.permission.queries import consent_states
from feedback.permission.rules import Channel, Purpose
from feedback.uow import end_reading

PART = 2000  # accounts a process reads at once
AHEAD = 4  # parts that wait to be written, per process


class RunQuestion(NamedTuple):
    """The same question about every account."""

    purpose: Purpose = Purpose.OFFERS
    channel: Channel = Channel.PHONE
    initiation: Initiation = Initiation.OUTBOUND
    at_any_hour: bool = True


class Answered(NamedTuple):
    """What the gate says about one account, and about which contact."""

    account_id: int
    contact_id: int | None
    outcome: Outcome
    play: Play
    cell: int


@lru_cache(maxsize=1)
def _cells() -> dict[GateInputs, int]:
    return {inputs: place for place, inputs in enumerate(all_inputs())}


def answer_part(account_ids: Sequence[int], question: RunQuestion, now: datetime) -> list[Answered]:
    """The answers about these accounts at one moment; those that are gone are left out."""
    limits = _limits(question)
    facts = facts_of(accounts_by_id(account_ids), now, limits)
    people = [person.buyer.contact_id for one in facts.values() for person in one.people]
    consents = consent_states(people, question.purpose, question.channel)
    asked, cells = Approaching(question.channel, question.initiation, None, now), _cells()
    found = []
    for account_id, one in facts.items():
        moment = find_moment(one, None, consents, asked, limits)
        inputs = find_inputs(one, moment, question.initiation)
        verdict, _override = find_verdict(question.purpose, one, moment, inputs, limits)
        contact_id = moment.person.buyer.contact_id if moment else None
        found.append(Answered(account_id, contact_id, verdict.outcome, verdict.play, cells[inputs]))
    return found


def _limits(question: RunQuestion) -> Limits:
    limits = current_limits()
    return limits.at_any_hour() if question.at_any_hour else limits


def answer_all(account_ids: Sequence[int], question: RunQuestion, now: datetime, *, workers: int) -> Iterator[list[Answered]]:
    """The answers in parts, in the order of the accounts."""
    parts = [account_ids[start : start + PART] for start in range(0, len(account_ids), PART)]
    if workers < 2 or len(parts) < 2:
        for part in parts:
            yield answer_part(part, question, now)
            end_reading()
        return
    with ExitStack() as stack:
        pool = stack.enter_context(_pool(workers))
        waiting = (pool.submit(_answer_in_child, part, question, now) for part in parts)
        running = list(islice(waiting, workers * AHEAD))
        while running:
            yield running.pop(0).result()
            running += islice(waiting, 1)


def _pool(workers: int) -> ProcessPoolExecutor:
    """Processes that begin from nothing: a forked one would share connections and locks."""
    extensions = current_app.extensions
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(
        workers,
        mp_context=context,
        initializer=_begin_child,
        initargs=(extensions["closedloop_factory"], extensions["closedloop_settings"]),
    )


_context: list[Any] = []  # of a child, for as long as it lives


def _begin_child(create_app: Callable[[Settings], Flask], settings: Settings) -> None:
    gc.disable()  # what a part needs is freed by counting references; looking for circles took a third of the time
    _context.append(create_app(settings).app_context())
    _context[0].push()


def _answer_in_child(account_ids: Sequence[int], question: RunQuestion, now: datetime) -> list[Answered]:
    try:
        return answer_part(account_ids, question, now)
    finally:
        end_reading()
