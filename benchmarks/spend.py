"""Drops of monthly spend: alarms on real series as they are, drops that are caught, and what the usual rule says instead.

    python -m benchmarks.spend [--data aus_retail_monthly.rda|retail.csv] [--accounts 100000] [--months 60]

Without data only the speed and the passengers of an airline are measured. The retail series are those of the Australian Bureau of
Statistics as R's package tsibbledata has them (`aus_retail`, GPL-3): its file data/aus_retail.rda, which needs the Python package
`rdata`, or a CSV of it with the columns Industry, Series ID, Month (days since 1970) and Turnover. They are not shipped.

A drop that goes on is one alarm: alarms less than a year apart are one, and where the whole industry fell there is none.
"""

import argparse
import csv
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from feedback.selling.spend.seasonal import LASTING_Z, Floats, judge
from tests.rules.data.air_passengers import AIR_PASSENGERS

EVIDENCE = Path(__file__).resolve().parent.parent / "docs" / "evidence" / "spend.json"
ALARMS, CAUGHT, SECONDS = 0.05, 0.90, 60.0
YEAR, DROP, LONG = 12, 0.7, 300  # months that a series needs to be one of them
Rows = list[tuple[str, str, float, float]]


def main() -> None:
    """Measure, print the table, write the evidence."""
    parser = argparse.ArgumentParser(prog="benchmarks.spend", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, help="aus_retail.rda of tsibbledata, or a CSV of it")
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--months", type=int, default=60)
    arguments = parser.parse_args()
    figures = {"speed": _speed(arguments.accounts, arguments.months), "air_passengers": _passengers()}
    if arguments.data is None or not arguments.data.exists():
        print("No retail series: name the file with --data (see --help for what it is); the figures below are without them.")
    else:
        figures["retail"] = _retail(arguments.data)
        EVIDENCE.write_text(json.dumps(figures, indent=2) + "\n")
    _print(figures)


def _speed(accounts: int, months: int) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    season = 0.3 * np.sin(np.arange(months) / YEAR * 2 * np.pi)[:, None]
    logs = 9 + season + 0.1 * rng.normal(size=(months, accounts))
    began = time.perf_counter()
    judge(logs)
    return {"accounts": accounts, "months": months, "seconds": round(time.perf_counter() - began, 2)}


def _passengers() -> dict[str, Any]:
    logs = np.log(np.array(AIR_PASSENGERS, dtype=float))[:, None]
    found = judge(logs)
    return {"alarms": int(found.alarm.sum()), "naive": int(_naive(logs).sum()), "caught": round(_caught(logs)[0], 3)}


def _retail(path: Path) -> dict[str, Any]:
    logs, industries = _series(_rows(path))
    found = judge(logs)
    years = (~np.isnan(found.z)).sum() / YEAR
    alarms = _once(found.alarm & ~_whole_industry(found.z, industries))
    caught, quiet, third = _caught(logs)
    return {
        "series": logs.shape[1],
        "series_years": round(years),
        "alarms_a_year": round(alarms.sum() / years, 3),
        "alarms_a_year_with_industries": round(_once(found.alarm).sum() / years, 3),
        "caught_in_the_month": round(caught, 3),
        "caught_where_no_alarm_was_for_a_year": round(quiet, 3),
        "caught_within_three_months": round(third, 3),
        "naive_alarms_a_year": round(_once(_naive(logs) & ~np.isnan(found.z), 1).sum() / years, 3),
        "naive_months_a_year": round((_naive(logs) & ~np.isnan(found.z)).sum() / years, 3),
    }


def _caught(logs: Floats) -> tuple[float, float, float]:
    """Shares of drops by 30 per cent that raise an alarm: in their month, there where it was quiet, within three months."""
    plain, seen, quiet, third = judge(logs), [], [], []
    for month in range(30, len(logs)):
        ready = ~np.isnan(plain.z[month])
        dropped = logs[: month + 1].copy()
        dropped[-1] += np.log(DROP)
        alarm = judge(dropped).alarm[-1]
        calm = ~plain.alarm[max(month - YEAR, 0) : month].any(axis=0)
        seen.append(alarm[ready])
        quiet.append(alarm[ready & calm])
        if month + 2 < len(logs) and month % 6 == 0:
            longer = logs[: month + 3].copy()
            longer[-3:] += np.log(DROP)
            third.append(judge(longer).alarm[-3:].any(axis=0)[ready & calm])
    return tuple(float(np.concatenate(some).mean()) for some in (seen, quiet, third))  # type: ignore[return-value]


def _once(alarm: Any, apart: int = YEAR) -> Any:
    """The first of alarms that are less than so many months apart."""
    found, last = np.zeros_like(alarm), np.full(alarm.shape[1], -YEAR - 1)
    for month in range(len(alarm)):
        found[month] = alarm[month] & (month - last > apart)
        last = np.where(alarm[month], month, last)
    return found


def _naive(logs: Floats) -> Any:
    """What is usually done: 20 per cent below the mean of the last three months."""
    spend, found = np.exp(logs), np.zeros(logs.shape, dtype=bool)
    for month in range(3, len(logs)):
        found[month] = spend[month] < 0.8 * spend[month - 3 : month].mean(axis=0)
    return found


def _whole_industry(z: Floats, industries: list[str]) -> Any:
    named = np.array(industries)
    found = np.zeros(z.shape, dtype=bool)
    for place in range(z.shape[1]):
        others = named == named[place]
        others[place] = False
        peers = np.where(np.isnan(z[:, others]), 0.0, z[:, others])
        found[:, place] = (np.median(peers, axis=1) <= LASTING_Z) if others.sum() >= 3 else False
    return found


def _series(rows: Rows) -> tuple[Floats, list[str]]:
    by_series: dict[str, dict[float, float]] = defaultdict(dict)
    industry = {}
    for name, series, month, turnover in rows:
        by_series[series][month] = turnover
        industry[series] = name
    months = sorted({month for _name, _series, month, _turnover in rows})
    long = sorted(series for series, values in by_series.items() if len(values) > LONG)
    logs = np.log(np.array([[by_series[series].get(month, np.nan) for series in long] for month in months]))
    return logs, [industry[series] for series in long]


def _rows(path: Path) -> Rows:
    lines: Iterator[Any]
    if path.suffix == ".rda":
        try:
            import rdata
        except ImportError as error:
            raise SystemExit("Reading .rda needs the Python package rdata: pip install rdata") from error
        lines = (row for _index, row in rdata.read_rda(path)["aus_retail"].iterrows())
    else:
        with path.open(newline="") as file:
            lines = iter(list(csv.DictReader(file)))
    return [(str(row["Industry"]), str(row["Series ID"]), float(row["Month"]), float(row["Turnover"])) for row in lines]


def _print(figures: dict[str, Any]) -> None:
    speed, air = figures["speed"], figures["air_passengers"]
    print(f"{speed['accounts']:,} accounts × {speed['months']} months: {speed['seconds']} s (limit {SECONDS:.0f} s)")
    print(f"AirPassengers: {air['alarms']} false alarms (limit 0); 20 % below the last three months: {air['naive']}")
    if "retail" in figures:
        retail = figures["retail"]
        print(f"{retail['series']} retail series, {retail['series_years']:,} series-years as they are:")
        print(f"  alarms per series-year {retail['alarms_a_year']} (limit {ALARMS}); naive {retail['naive_alarms_a_year']}")
        print(f"  drops by 30 % caught in their month: {retail['caught_in_the_month']:.1%} (limit {CAUGHT:.0%});")
        print(f"  where it was quiet for a year {retail['caught_where_no_alarm_was_for_a_year']:.1%};", end=" ")
        print(f"within three months {retail['caught_within_three_months']:.1%}")


if __name__ == "__main__":
    main()
