"""Draw up the waves whose date is near, and start those that start by themselves."""

from feedback.kernel import clock
from feedback.listening.recurring import draw_up_next_wave, due_program_ids, start_by_itself, waves_to_start
from jobs.each import each, each_in_its_own_transaction


def run() -> str | None:
    """Both, each in transactions of its own."""
    drawn = each_in_its_own_transaction(due_program_ids(), draw_up_next_wave)
    started = each(waves_to_start(clock.now().date()), start_by_itself)
    found = [f"{name}: {line}" for name, line in (("drawn up", drawn), ("started", started)) if line]
    return "; ".join(found) or None
