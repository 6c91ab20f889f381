"""closedloop person …: erase a customer's person."""

import click
from flask.cli import with_appcontext

from feedback.accounts.queries import contact_ids_by_external_id
from feedback.accounts.rules import ErasureReason
from feedback.closed_loop.erasure import Preview, clean_up, erase_person, get_receipt, preview_erasure
from feedback.kernel.errors import NotFound
from feedback.uow import transaction


@click.group("person")
def person_group() -> None:
    """People of customers."""


@person_group.command("erase")
@click.argument("external_id")
@click.option("--reason", required=True, type=click.Choice([reason.value for reason in ErasureReason]))
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_appcontext
def person_erase(external_id: str, reason: str, yes: bool) -> None:
    """Erase somebody: words, name, addresses and links go, scores stay. There is no way back."""
    found = contact_ids_by_external_id([external_id])
    if external_id not in found:
        raise NotFound(f"There is no contact '{external_id}'.")
    preview = preview_erasure(found[external_id])
    click.echo(_told(preview))
    if not yes:
        click.confirm("Erase this person for good?", abort=True)
    with transaction():
        receipt = erase_person(preview.contact_id, ErasureReason(reason), actor="command line")
    clean_up()
    cleaned = get_receipt(receipt).files_cleaned_at is not None
    files = "The database's files are clear of it." if cleaned else "The jobs clear the database's files as soon as nobody reads."
    click.echo(f"Erased. Receipt {receipt}. {files}")
    click.echo(
        "Texts that name the person by a nickname or misspelt cannot be found: read through the notes about this customer."
    )


def _told(preview: Preview) -> str:
    lines = [f"  {number:>6}  {name.replace('_', ' ')}" for name, number in preview.counts.items()]
    return "\n".join([f"{preview.name or 'Somebody without a name'} ({preview.external_id}):", *lines])
