"""closedloop import …: files in. Exit status 0: every row accepted; 3: some were rejected; 2: nothing could be imported."""

import gc
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from flask import current_app
from flask.cli import with_appcontext

from feedback.closed_loop.imports.runner import FileKind, Report, RunOptions, run_import
from feedback.extensions import db
from feedback.importing.columns import check_date_format
from feedback.importing.mapping import MapOptions
from feedback.importing.source import UnusableFile
from feedback.surveys.rules import SurveyKind

SOME_REJECTED = 3
UNUSABLE = 2
_FLAGS = {"--dry-run", "--json", "--create-defects", "--update", "--help"}


class ImportCommand(click.Command):
    """Lets `--null` take several texts: `--null NA n/a -`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Write `--null` once for each of its texts, which is the form that click knows."""
        return super().parse_args(ctx, spread_nulls(args))


def spread_nulls(args: Sequence[str]) -> list[str]:
    """`--null A B` as `--null A --null B`; when the file is named nowhere else, the last text is the file."""
    others: list[str] = []
    nulls: list[str] = []
    file_named, rest = False, list(args)
    while rest:
        word = rest.pop(0)
        if word == "--null":
            while rest and not rest[0].startswith("--"):
                nulls.append(rest.pop(0))
            continue
        others.append(word)
        if not word.startswith("--"):
            file_named = True
        elif word not in _FLAGS and "=" not in word and rest:
            others.append(rest.pop(0))
    if not file_named and len(nulls) > 1:
        others.append(nulls.pop())
    return [*others, *(part for text in nulls for part in ("--null", text))]


@click.group("import")
def import_group() -> None:
    """Bring in accounts, contacts, answers, money and consents from CSV, XLSX, Parquet or JSON Lines files (also .gz)."""


def _pairs(_ctx: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for value in values:
        ours, equals, theirs = value.partition("=")
        ours = ours.strip().casefold()
        if not (ours and equals and theirs):
            raise click.BadParameter(f"'{value}' is not of the form ours=theirs.")
        if ours in pairs:
            raise click.BadParameter(f"'{ours}' is given twice.")
        pairs[ours] = theirs
    return pairs


def _date_format(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None:
        try:
            check_date_format(value)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error
    return value


_SHARED: list[Callable[[Any], Any]] = [
    click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
    click.option("--map", "mapped", multiple=True, callback=_pairs, help="ours=theirs: our column from theirs (@N: the N-th)."),
    click.option("--set", "defaults", multiple=True, callback=_pairs, help="ours=value for empty cells and missing columns."),
    click.option(
        "--prefix", "prefixes", multiple=True, callback=_pairs, help="ours=TEXT: put TEXT before each id of that column."
    ),
    click.option(
        "--date-format",
        callback=_date_format,
        help="How dates are written if not ISO 8601, such as %m/%d/%y; 'excel' for day numbers.",
    ),
    click.option("--null", "nulls", multiple=True, metavar="TEXT…", help="Cells that mean nothing, such as NA."),
    click.option("--encoding", help="Of a text file; found out if not given."),
    click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing."),
    click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object, last."),
]


def _import_command(name: str, text: str) -> Callable[[Callable[..., Any]], click.Command]:
    def decorate(run: Callable[..., Any]) -> click.Command:
        command: Any = with_appcontext(run)
        for option in reversed(_SHARED):
            command = option(command)
        return import_group.command(name, cls=ImportCommand, help=text)(command)

    return decorate


def _run(kind: FileKind, given: dict[str, Any], *, defect_when: tuple[str, ...] = ()) -> None:
    nulls = frozenset(text.strip() for text in given["nulls"])
    mapping = MapOptions(given["mapped"], given["defaults"], nulls, defect_when, given["prefixes"])
    folder = current_app.extensions["closedloop_settings"].data_dir / "rejects"
    if not sa.inspect(db.engine).has_table("account"):
        click.echo("Nothing was imported. The database has no tables yet; run 'closedloop db upgrade' first.", err=True)
        sys.exit(UNUSABLE)
    _calm_collector()
    try:
        with _progress() as advance:
            options = RunOptions(folder, given["encoding"], given["dry_run"], progress=advance)
            report = run_import(given["file"], kind, mapping, options)
    except UnusableFile as error:
        click.echo(f"Nothing was imported. {error.message}", err=True)
        sys.exit(UNUSABLE)
    _print(report, dry_run=given["dry_run"], as_json=given["as_json"])
    if report.counts["rejected"]:
        sys.exit(SOME_REJECTED)


def _calm_collector() -> None:
    """Search for garbage cycles once per chunk rather than hundreds of times: measured, a quarter of the whole import."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A progress bar, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Importing"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("import", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _print(report: Report, *, dry_run: bool, as_json: bool) -> None:
    for note in report.notes:
        click.echo(note, err=True)
    if report.unused:
        click.echo(f"Columns not used: {', '.join(report.unused)}.", err=True)
    found = report.as_json()
    rows = "row" if found["read"] == 1 else "rows"
    sentence = "{read:,} {rows} read: {created:,} created, {updated:,} updated, {unchanged:,} unchanged, {rejected:,} rejected."
    click.echo(("Dry run, nothing was changed. " if dry_run else "") + sentence.format(rows=rows, **found), err=as_json)
    if report.rejects_file:
        click.echo(f"Rejected rows and why: {report.rejects_file}", err=as_json)
    if as_json:
        click.echo(json.dumps(found))


@_import_command("responses", "Answers. Accounts and contacts that are new are created.")
@click.option("--create-defects", is_flag=True, help="Create defect codes that are unknown (code or category:code).")
@click.option("--create-surveys", type=click.Choice([kind.value for kind in SurveyKind]), help="Create unknown surveys so.")
@click.option("--update", is_flag=True, help="Same identity with other content becomes a new version.")
@click.option("--defect-when", multiple=True, metavar="'COLUMN OP VALUE=category:code'", help="Rows that cite a defect.")
def _responses(
    create_defects: bool,
    create_surveys: str | None,
    update: bool,
    defect_when: tuple[str, ...],
    date_format: str | None,
    **given: Any,
) -> None:
    from feedback.closed_loop.drafts import AcceptOptions
    from feedback.closed_loop.imports.responses import ResponseFile
    from feedback.surveys.rules import AnswerChannel

    survey_kind = SurveyKind(create_surveys) if create_surveys else None
    options = AcceptOptions(create_defects, survey_kind, update, AnswerChannel.IMPORT, actor="import")
    _run(ResponseFile(options, date_format=date_format), given, defect_when=defect_when)


@_import_command("consents", "What contacts allowed or refused, by purpose and channel.")
def _consents(date_format: str | None, **given: Any) -> None:
    from feedback.closed_loop.imports.records import ConsentImport

    _run(ConsentImport(date_format=date_format), given)


def _record_command(name: str, text: str) -> None:
    @_import_command(name, text)
    def _command(date_format: str | None, **given: Any) -> None:
        from feedback.closed_loop.imports.records import RecordImport

        _run(RecordImport(name, date_format=date_format), given)


_record_command("accounts", "Customer organisations.")
_record_command("contacts", "Named buyers and their role in an account.")
_record_command("spend", "What accounts paid us, by month.")
_record_command("contracts", "Contracts of accounts, when they are up for renewal, and the sites they are about.")
_record_command("wallets", "Estimates of what accounts spend in a category with everybody.")
