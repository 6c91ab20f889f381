"""closedloop jobs …: the scheduler, its table, and runs by hand."""

import logging

import click
from flask import current_app
from flask.cli import with_appcontext

ALL_DUE = "all"


@click.group("jobs")
def jobs() -> None:
    """Scheduled work."""


@jobs.command("run")
@click.option("--once", "name", metavar="[JOB]", is_flag=False, flag_value=ALL_DUE, help="Run what is due, or this job, and end.")
@with_appcontext
def run(name: str | None) -> None:
    """Run the scheduler until it is told to stop (SIGTERM, Ctrl-C)."""
    from jobs.schedule import SCHEDULE, get_job
    from jobs.scheduler import run_scheduler

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    if name is None:
        run_scheduler(current_app._get_current_object(), SCHEDULE)  # type: ignore[attr-defined]
        return
    from jobs.runner import perform_due_slots, run_by_hand

    if name == ALL_DUE:
        failed = [job.name for job in SCHEDULE if not all(perform_due_slots(job))]
        if failed:
            raise click.ClickException(f"{', '.join(failed)} failed; the run log and the output above say why.")
        return
    try:
        job = get_job(name)
    except KeyError:
        raise click.UsageError(f"There is no job {name!r}; 'closedloop jobs list' shows them all.") from None
    if not run_by_hand(job):
        raise click.ClickException(f"{name} failed; the run log and the output above say why.")


@jobs.command("list")
@with_appcontext
def list_jobs() -> None:
    """Show every job: when it runs, why, and how its last run ended."""
    from feedback.audit.job_runs import last_runs
    from jobs.schedule import SCHEDULE

    runs = last_runs()
    for job in SCHEDULE:
        last = runs.get(job.name)
        ended = "never ran" if last is None else f"{last.slot:%Y-%m-%d %H:%M:%S} UTC {last.outcome or 'running'}"
        detail = f" ({last.detail})" if last is not None and last.detail else ""
        click.echo(
            f"{job.name}\n    {job.every.describe()}; missed slots: {job.catch_up}; last: {ended}{detail}\n    {job.reason}."
        )


@jobs.command("dead-letters")
@click.option("--send-again", is_flag=True, help="Put all of them back into the queue.")
@with_appcontext
def dead_letters(send_again: bool) -> None:
    """Show messages that could not be delivered and were given up."""
    from feedback.outbox.queries import dead_messages
    from feedback.outbox.service import send_again as put_back
    from feedback.uow import transaction

    messages = dead_messages()
    for message in messages:
        click.echo(f"{message.id} {message.dead_at:%Y-%m-%d %H:%M} {message.kind} {message.key}: {message.last_error}")
    if send_again and messages:
        with transaction():
            count = put_back([message.id for message in messages])
        click.echo(f"{count} messages are on their way again.")
    elif not messages:
        click.echo("Every message was delivered or still waits for its turn.")


@jobs.command("rebuild-clocks")
@with_appcontext
def rebuild_clocks() -> None:
    """Mend the clocks of open issues by their logs, after a database was restored in part or changed by hand."""
    from feedback.issues.queries.listing import open_issue_ids
    from jobs.recount_issue_clocks import follow_each

    issues = open_issue_ids()
    changed = follow_each(issues)
    click.echo(f"{len(issues)} open issues, {changed} were not what their logs say.")
