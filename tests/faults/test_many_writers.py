"""Processes write, correct, delete and fold at once: at every moment the counts are those of the stored answers, counted anew."""

import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from feedback.accounts.rules import ContactRole
from feedback.defects.models import Citation, Defect
from feedback.defects.reading import read_counts, read_tail
from feedback.defects.rules.months import month_index
from feedback.defects.rules.reports import AnswerFilter
from feedback.defects.statistics import fold_all
from feedback.surveys.models import Response
from feedback.uow import snapshot, transaction
from tests.conftest import SECRET
from tests.factories import make_defect
from tests.faults.writer_process import DEFECTS
from tests.statistics_oracle import Raw, counted, counted_accounts, counted_reach, stored_accounts, stored_reach

WRITERS, ROUNDS = 3, 40
FILTERS = [AnswerFilter(), AnswerFilter(segment="SMB"), AnswerFilter(region="north"), AnswerFilter(segment="SMB", region="south")]
ROLES = list(ContactRole)


def stored(session: Session) -> list[Raw]:
    """The answers as they are in the database."""
    cited = defaultdict(list)
    for response_id, place in session.execute(sa.select(Citation.response_id, Defect.ordinal).join(Defect)):
        cited[response_id].append(place)
    return [
        Raw(
            month_index(row.responded_at),
            row.survey_id,
            row.segment or "",
            row.region or "",
            row.account_id,
            ROLES.index(row.role),
            row.score,
            tuple(sorted(cited[row.id])),
        )
        for row in session.scalars(sa.select(Response))
    ]


def check(session: Session) -> int:
    """Compare what a ranking reads with a count of all answers, in the same snapshot; answers how many there were."""
    rows = stored(session)
    for query in FILTERS:
        found = read_counts(session, read_tail(session, query), query, len(DEFECTS))
        scores, cube, _ = counted([row for row in rows if row.passes(query)], len(DEFECTS))
        np.testing.assert_array_equal(found.cube.reshape(len(DEFECTS), 3, 11), cube)
        np.testing.assert_array_equal(found.scores.reshape(3, 11), scores)
    return len(rows)


def start(app: Flask, folder: Path, seed: int) -> subprocess.Popen[str]:
    own = {
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "CLOSEDLOOP_DATA_DIR": str(folder),
        "CLOSEDLOOP_SECRET_KEY": SECRET,
    }
    command = [sys.executable, "-m", "tests.faults.writer_process", str(seed), str(ROUNDS)]
    return subprocess.Popen(command, env=os.environ | own, stderr=subprocess.PIPE, text=True)


@pytest.mark.faults
def test_the_ranking_counts_what_is_stored_whoever_writes(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        [make_defect(code) for code in DEFECTS]
    writers = [start(app, tmp_path, seed) for seed in range(WRITERS)]
    seen = set()
    with app.app_context():
        while any(writer.poll() is None for writer in writers):
            with snapshot() as session:
                seen.add(check(session))
        failures = [writer.communicate()[1] for writer in writers]
        assert [writer.returncode for writer in writers] == [0] * WRITERS, failures
        with transaction() as session:
            assert check(session) > 20
            fold_all(session)
            rows = stored(session)
            assert stored_accounts(session) == counted_accounts(rows)
            assert stored_reach(session) == counted_reach(rows)
            check(session)
    assert len(seen) > 5, "nobody wrote while we looked"
