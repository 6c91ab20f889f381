"""Put the question of the day about every account: whom may we call?"""

from feedback.gate.runs.service import run_gate


def run() -> str | None:
    """Run it, and say what changed since the last time."""
    run = run_gate()
    if run.opened is None:
        return f"{run.accounts} accounts looked at for the first time"
    return f"{run.accounts} accounts: {run.opened} opened, {run.closed} closed"
