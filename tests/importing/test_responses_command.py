"""closedloop import responses on look-alikes of real files: through the one acceptor, once, with every refusal told."""

import gzip
import io
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.accounts.models import Account, Contact
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.defects.models import Citation, Defect
from feedback.extensions import db
from feedback.surveys.models import Response, ResponseVersion, SurveyProgram
from feedback.surveys.rules import AnswerChannel
from feedback.uow import transaction
from tests.factories import make_defect
from tests.importing import look_alikes
from tests.importing.test_commands import outcome, rejected, rows, run
from tests.importing.test_csv import write

TELCO = (
    "--map", "external_id=ROUTERID", "--map", "account_external_id=ID", "--map", "score=NPS",
    "--map", "comment=Customer Feedback", "--set", "source=telco", "--set", "responded_at=2022-06-30", "--json",
)  # fmt: skip
AIRLINE = (
    "--map", "external_id=@1", "--map", "account_external_id=Partner.Code", "--map", "account_name=Partner.Name",
    "--map", "contact_external_id=@1", "--map", "score=Likelihood.to.recommend", "--map", "responded_at=Flight.date",
    "--date-format", "%m/%d/%y", "--map", "comment=freeText", "--null", "NA", "--set", "source=airline", "--create-defects",
    "--defect-when", "Departure.Delay.in.Minutes > 45=service:late_departure",
    "--defect-when", "Flight.cancelled == Yes=service:cancelled_flight", "--json",
)  # fmt: skip
MART = (
    "--map", "external_id=response_id", "--map", "account_external_id=customer_id", "--map", "responded_at=response_date",
    "--set", "source=mart", "--create-defects", "--json",
    *(part for tag in look_alikes.TAGS if tag != "nps_growth" for part in ("--defect-when", f"comment_tag == {tag}=price:{tag}")),
)  # fmt: skip


def counts(app: Flask, *models: Any) -> list[int]:
    with app.app_context():
        return [db.session.scalar(sa.select(sa.func.count()).select_from(model)) for model in models]


def test_a_consumer_file_without_dates(app: Flask, tmp_path: Path) -> None:
    path = write(tmp_path, gzip.compress(look_alikes.telco(300).encode()), "nps_data.csv.gz")
    first = run(app, "responses", path, *TELCO)
    assert (first.exit_code, outcome(first)["created"]) == (0, 300)
    assert "Columns not used: Market." in first.stderr
    second = run(app, "responses", path, *TELCO)
    assert (outcome(second)["created"], outcome(second)["unchanged"]) == (0, 300)
    (times,) = rows(app, sa.func.count(sa.distinct(Response.responded_at)))
    assert (counts(app, Response), times) == ([300], (1,))


def test_a_survey_of_partners_with_delays_as_defects(app: Flask, tmp_path: Path) -> None:
    path = write(tmp_path, look_alikes.airline(200), "data_1.csv")
    first = run(app, "responses", path, *AIRLINE)
    assert (first.exit_code, outcome(first)["created"], outcome(first)["rejected"]) == (3, 199, 1)
    (row,) = rejected(first)
    assert (row["line"], row["column"], row["'@1"]) == ("8", "score", "7")
    assert rows(app, Account.external_id, Account.name) == [
        ("OO", "Northwest Business Airlines Inc."),
        ("WN", "Cheapseats Airlines Inc."),
    ]
    assert counts(app, Contact) == [199]
    (january,) = rows(app, sa.func.min(Response.responded_at))
    assert january[0].isoformat().startswith("2014-01-0")
    text = "".join(line for line in path.read_text().splitlines(keepends=True) if not line.startswith('"7",'))
    late = sum(text.count(f'",22,{minutes},') for minutes in (46, 167))
    cited = dict(rows(app, Defect.code, sa.select(sa.func.count()).where(Citation.defect_id == Defect.id).scalar_subquery()))
    assert cited == {"cancelled_flight": 10, "late_departure": late}
    assert outcome(run(app, "responses", path, *AIRLINE))["created"] == 0


def test_customers_first_then_their_answers_with_tags(app: Flask, tmp_path: Path) -> None:
    customers = write(tmp_path, look_alikes.customers(40), "customers.csv")
    run(app, "accounts", customers, "--map", "external_id=customer_id", "--map", "name=customer_id")
    path = write(tmp_path, look_alikes.answers(500, 40), "nps_responses.csv")
    assert outcome(run(app, "responses", path, *MART))["created"] == 500
    assert sorted(code for (code,) in rows(app, Defect.code)) == sorted(set(look_alikes.TAGS) - {"nps_growth"})
    tagged = sum(path.read_text().count(f",{tag}\n") for tag in look_alikes.TAGS if tag != "nps_growth")
    assert counts(app, Citation, Account) == [tagged, 40]
    assert {row[0] for row in rows(app, Response.segment)} == {"SMB", "Mid", "Large"}
    assert outcome(run(app, "responses", path, *MART))["created"] == 0


@pytest.mark.parametrize("suffix", ["xlsx", "parquet", "jsonl"])
def test_every_format_gives_the_same_answers(app: Flask, tmp_path: Path, suffix: str) -> None:
    frame = pl.read_csv(io.StringIO(look_alikes.telco(60)))
    path = tmp_path / f"file.{suffix}"
    {"xlsx": frame.write_excel, "parquet": frame.write_parquet, "jsonl": frame.write_ndjson}[suffix](path)
    assert outcome(run(app, "responses", path, *TELCO))["created"] == 60
    csv_path = write(tmp_path, look_alikes.telco(60))
    assert outcome(run(app, "responses", csv_path, *TELCO)) | {"created": 0} == outcome(run(app, "responses", csv_path, *TELCO))
    assert outcome(run(app, "responses", csv_path, *TELCO))["unchanged"] == 60


SIMPLE = "external_id,account_external_id,score,responded_at,comment,defects,survey\n"


def test_each_refusal_names_line_column_and_reason(app: Flask, tmp_path: Path) -> None:
    text = (
        SIMPLE + "1,A,4,2024-01-05,,,\n2,A,4.5,2024-01-05,,,\n3,,5,2024-01-05,,,\n4,A,5,yesterday,,,\n"
        '5,A,5,2024-01-05,"two\nlines",nope,\n6,A,5,2024-01-05,,,nope\n7,A,5\n8,A,5,2999-01-05,,,\n'
    )
    result = run(app, "responses", write(tmp_path, text), "--json")
    assert (result.exit_code, outcome(result)["read"], outcome(result)["created"]) == (3, 8, 1)
    assert [(row["line"], row["column"]) for row in rejected(result)] == [
        ("3", "score"),
        ("4", "account_external_id"),
        ("5", "responded_at"),
        ("6", "defects"),
        ("8", "survey"),
        ("9", ""),
        ("10", "responded_at"),
    ]
    assert all(row["reason"] for row in rejected(result))
    reasons = {row["column"]: row["reason"] for row in rejected(result)}
    assert "run again with --create-defects" in reasons["defects"]
    assert "run again with --create-surveys relationship (or transactional)" in reasons["survey"]


def test_codes_and_surveys_are_created_on_request(app: Flask, tmp_path: Path) -> None:
    text = SIMPLE + "1,A,4,2024-01-05,,product:late_boot;rude,onboarding\n"
    options = ("--create-defects", "--create-surveys", "transactional", "--json")
    assert outcome(run(app, "responses", write(tmp_path, text), *options))["created"] == 1
    assert rows(app, Defect.code, Defect.category) == [("late_boot", "product"), ("rude", "service")]
    assert ("onboarding", "transactional") in rows(app, SurveyProgram.code, SurveyProgram.kind)


def test_other_content_is_refused_without_update_and_a_new_version_with_it(app: Flask, tmp_path: Path) -> None:
    run(app, "responses", write(tmp_path, SIMPLE + "1,A,4,2024-01-05,,,\n"))
    changed = write(tmp_path, SIMPLE + "1,A,9,2024-01-05,,,\n")
    refused = run(app, "responses", changed, "--json")
    assert (refused.exit_code, outcome(refused)["rejected"]) == (3, 1)
    (row,) = rejected(refused)
    assert row["reason"] == (
        "external_id: Another answer with this identity is stored, and its content is different. If this row corrects it, run "
        "again with --update; if the file comes from another system, with --set source=NAME."
    )
    assert outcome(run(app, "responses", changed, "--json", "--update"))["updated"] == 1
    assert (rows(app, Response.score, Response.version), counts(app, ResponseVersion)) == ([(9, 2)], [1])


def test_without_identities_the_same_file_changes_nothing(app: Flask, tmp_path: Path) -> None:
    text = "account_external_id,score,responded_at\n" + "A,8,2024-01-05\n" * 3 + "B,8,2024-01-05\n"
    assert outcome(run(app, "responses", write(tmp_path, text), "--json"))["created"] == 4
    again = run(app, "responses", write(tmp_path, text + "A,8,2024-01-05\n"), "--json")
    assert (outcome(again)["created"], outcome(again)["unchanged"]) == (1, 4)


def test_of_two_rows_with_one_time_the_later_line_is_the_later_answer(app: Flask, tmp_path: Path) -> None:
    run(app, "responses", write(tmp_path, SIMPLE + "1,A,2,2024-01-05,,,\n2,A,9,2024-01-05,,,\n"))
    assert [score for _, score in rows(app, Response.id, Response.score)] == [2, 9]


def test_files_and_posts_leave_equal_rows(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        make_defect("rude")
    text = SIMPLE.strip() + ",channel,language\n1,A,4,2024-01-05T10:00:00Z,Slow,rude,relationship,web,en\n"
    run(app, "responses", write(tmp_path, text))
    answer = {"account_external_id": "A", "score": 4, "comment": "Slow", "language": "en", "defects": ("rude",)}
    with app.app_context():
        (stored,) = db.session.scalars(sa.select(Response))
        draft = AnswerDraft(**answer, external_id="2", channel=AnswerChannel.WEB, responded_at=stored.responded_at)
        with transaction():
            accept_answers([draft], AcceptOptions())
        first, second = db.session.execute(sa.select(*Response.__table__.c).order_by(Response.id)).mappings()
    own = {"id", "external_id", "created_at", "content_digest"}
    assert {key: first[key] for key in first if key not in own} == {key: second[key] for key in second if key not in own}


def test_a_dry_run_of_answers_changes_nothing(app: Flask, tmp_path: Path) -> None:
    result = run(app, "responses", write(tmp_path, look_alikes.telco(30)), *TELCO, "--dry-run")
    assert (outcome(result)["created"], counts(app, Response, Account)) == (30, [0, 0])
