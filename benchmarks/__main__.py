"""`python -m benchmarks [NAME…]` runs the measurements one after the other."""

import runpy
import sys

NAMES = (
    "ranking",
    "bulk",
    "ingest",
    "gate",
    "pages",
    "scanners",
    "people",
    "one_answer",
    "survey_load",
    "waves",
    "mail_kills",
    "mail_troubles",
    "inbound",
    "routing",
    "queue",
    "clocks",
    "job_kills",
    "spend",
)


def main() -> None:
    """Run the named measurements, or all."""
    names = sys.argv[1:] or list(NAMES)
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise SystemExit(f"Unknown: {', '.join(unknown)}. Choose from {', '.join(NAMES)}.")
    sys.argv = sys.argv[:1]
    for name in names:
        print(f"\n== {name}", flush=True)
        runpy.run_module(f"benchmarks.{name}", run_name="__main__", alter_sys=True)  # its processes find it by its name


main()
