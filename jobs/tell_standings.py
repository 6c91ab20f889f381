"""Compare accounts with what partners were told of them, and write the news."""

from feedback.partners.comparing import compare_some
from feedback.uow import transaction

MOST = 40  # parts of one run; the next one is seconds away


def run() -> str | None:
    """Look at whatever is due, in parts, so that nobody waits long for the writer."""
    accounts = told = 0
    for _part in range(MOST):
        with transaction():
            done = compare_some()
        accounts, told = accounts + done.accounts, told + done.told
        if not done.more:
            break
    return f"{accounts} accounts looked at, {told} pieces of news" if accounts else None
