"""From the click to the first figure: pages of the medium demo in a real Chromium with a cold cache.

    python -m benchmarks.pages [--data-dir FOLDER] [--runs 5] [--only readiness …]

The server runs on the same machine. For each run a new browser context (nothing cached, nothing compiled) shows a small page
of somebody who is logged in; a link is clicked there. Times count from that click. *Drawn*: the first figure, or the first
row where a page has none, is visible. *Live*: the program in the browser has taken over, buttons, fields and filters respond.
*Hover*: plotly.js has drawn the first figure, which now answers to the pointer; that is what a page costs which waits for its
program (the usual way with Dash). The processor times are those of the server and of the page's main thread up to then; they
depend less than the others on what else the machine does.

Without `--data-dir` the demo is loaded once, into a folder below the data folder of this installation, and kept.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, sync_playwright

from benchmarks.answers_over_http import server
from config import Settings
from feedback.access import authentication, service
from feedback.access.models import User
from feedback.access.rules import Role
from feedback.accounts.models import Account, AccountContact
from feedback.app import create_app
from feedback.cli.up import ensure_secret
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.surveys.service import invite_contact
from feedback.uow import transaction

TARGET_MS = 1000
EVIDENCE = Path(__file__).resolve().parent.parent / "docs" / "evidence" / "pages.json"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--no-first-run", "--disable-sync"]
FIGURE = ".cl-graph .points path, .cl-graph svg.cl-still"
LIVE = "#react-entry-point"
HOVER = ".cl-graph .main-svg .points path"
# Notes when something to look at became visible, when the program in the browser had taken over, when its figure stood.
WATCH = """
(([drawn, live, hover]) => {
  if (location.pathname === '/login' || location.pathname === '/settings') {
    addEventListener('click', () => sessionStorage.setItem('clicked', performance.timeOrigin + performance.now()), true);
    return;
  }
  const seen = window.__seen = {};
  const visible = (where) => [...document.querySelectorAll(where)].slice(0, 3).some((one) => {
    const box = one.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && one.checkVisibility({visibilityProperty: true, opacityProperty: true});
  });
  const note = (name) => { seen[name] = performance.timeOrigin + performance.now() - Number(sessionStorage.getItem('clicked')); };
  const look = () => {
    if (!seen.drawn && document.body && visible(drawn)) { note('drawn'); }
    if (!seen.live && document.body && visible(live)) { note('live'); }
    if (seen.live && !seen.hover && visible(hover)) { note('hover'); }
    if (!seen.hover) { requestAnimationFrame(look); }
  };
  requestAnimationFrame(look);
})(%s)
"""
ENTRIES = """() => performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource')).map(
  (one) => [one.name, one.transferSize, one.responseStart - one.requestStart])"""


@dataclass(frozen=True)
class Target:
    """A page to open: as whom, where, and what has to be seen: at all, from the program, from plotly.js."""

    name: str
    user_id: int | None
    path: str
    drawn: str
    live: str
    hover: str


@dataclass(frozen=True)
class Visit:
    """One click, in milliseconds."""

    drawn: float
    live: float
    hover: float
    server_ms: float
    server_cpu_ms: float
    browser_cpu_ms: float
    kilobytes: float
    requests: int
    load_average: float


def targets() -> list[Target]:
    """The pages, with the busiest people and accounts of the demo."""
    manager = _busiest(Account.owner_id, Account.owner_id.in_(sa.select(User.id).where(User.role == Role.ACCOUNT_MANAGER)))
    account = _busiest(Issue.account_id, Issue.account_id.in_(sa.select(Account.id).where(Account.owner_id == manager)))
    agents = sa.select(User.id).where(User.role == Role.FRONTLINE)
    agent = _busiest(Issue.owner_id, Issue.owner_id.in_(agents), Issue.closed_at.is_(None))
    issue = db.session.scalar(sa.select(sa.func.max(Issue.id)).where(Issue.owner_id == agent, Issue.closed_at.is_(None)))
    head = db.session.scalar(sa.select(sa.func.min(User.id)).where(User.role == Role.EXECUTIVE))
    admin = db.session.scalar(sa.select(sa.func.min(User.id)).where(User.role == Role.ADMIN))
    with transaction():
        link = sa.select(AccountContact.account_id, AccountContact.contact_id).where(AccountContact.left_at.is_(None)).limit(1)
        survey = invite_contact(*db.session.execute(link).one(), actor="benchmark").url

    def page(name: str, user_id: int | None, path: str, shown: str) -> Target:
        live = ", ".join(f"{LIVE} {one.strip()}" for one in shown.split(","))
        return Target(name, user_id, path, shown, live, f"{LIVE} {HOVER}" if shown == FIGURE else live)

    return [
        page("readiness", manager, "/app/readiness", FIGURE),
        page("readiness, all accounts", admin, "/app/readiness", FIGURE),
        page("account", manager, f"/app/accounts/{account}", ".cl-panel"),
        page("issues", agent, "/app/issues", ".cl-row-link"),
        page("issue", agent, f"/app/issues/{issue}", ".cl-panel"),
        page("defects", head, "/app/defects", FIGURE),
        Target("survey", None, "/s/" + survey.rsplit("/", 1)[-1], "form label", "form label", "form label"),
    ]


def _busiest(column: Any, *conditions: Any) -> int:
    found = db.session.scalar(sa.select(column).where(*conditions).group_by(column).order_by(sa.func.count().desc(), column))
    if found is None:
        raise SystemExit("The database holds no demo company. Load one: closedloop demo load --size medium")
    return int(found)


def visit(browser: Browser, address: str, target: Target, cookies: list[Any], processes: "Processes") -> Visit:
    """One cold browser, one click."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, service_workers="block")
    try:
        context.add_cookies(cookies)
        context.add_init_script(WATCH % json.dumps([target.drawn, target.live, target.hover]))
        page = context.new_page()
        page.goto(address + ("/settings" if target.user_id else "/login"))
        page.evaluate(
            "(to) => { const a = document.createElement('a'); a.href = to; a.id = 'go'; document.body.append(a); }", target.path
        )
        page.evaluate("document.getElementById('go').textContent = 'Open'")
        protocol = context.new_cdp_session(page)
        protocol.send("Performance.enable", {"timeDomain": "threadTicks"})
        before, cpu = _thread_ms(protocol), processes.cpu_ms()
        page.click("#go", no_wait_after=True)
        page.wait_for_function("() => window.__seen && window.__seen.hover", timeout=60_000, polling=100)
        busy, cpu = _thread_ms(protocol) - before, processes.cpu_ms() - cpu
        seen, entries = page.evaluate("window.__seen"), page.evaluate(ENTRIES)
        asked = [entry for entry in entries if "/assets/" not in entry[0] and "/_program/" not in entry[0]]
        return Visit(
            seen.get("drawn", seen["live"]),
            seen["live"],
            seen["hover"],
            sum(entry[2] for entry in asked),
            cpu,
            busy,
            sum(entry[1] for entry in entries) / 1000,
            len(entries),
            os.getloadavg()[0],
        )
    finally:
        context.close()


def _thread_ms(protocol: Any) -> float:
    found = {one["name"]: one["value"] for one in protocol.send("Performance.getMetrics")["metrics"]}
    return float(found["TaskDuration"]) * 1000


class Processes:
    """The server and its children, found by their process group."""

    def __init__(self, group: int) -> None:
        self._group = group

    def cpu_ms(self) -> float:
        """Processor time so far."""
        ticks = 0
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[2]) == self._group:
                ticks += int(fields[11]) + int(fields[12])
        return ticks * 1000 / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(environment: dict[str, str]) -> Iterator[tuple[str, Processes]]:
    """The product's own server; yields its address and its processes."""
    command = [sys.executable, "-m", "feedback", "serve", "--port", "{port}"]
    with server(["setsid", *command], environment, ready="/healthz") as address:
        port = address.rsplit(":", 1)[1].encode()
        groups = [
            int((path.parent / "stat").read_text().rsplit(")", 1)[1].split()[2])
            for path in Path("/proc").glob("[0-9]*/cmdline")
            if b"\0serve\0" in (text := path.read_bytes()) and port in text
        ]
        yield address, Processes(groups[0])


def demo_app(folder: Path) -> tuple[Flask, dict[str, str]]:
    """The application on the demo of a folder, loaded if there is none yet, and the environment of its server."""
    os.environ["CLOSEDLOOP_DATA_DIR"] = str(folder)
    os.environ.pop("DATABASE_URL", None)
    fresh = not (folder / "closedloop.db").exists()
    ensure_secret(folder)
    if fresh:
        for words in (["db", "upgrade"], ["demo", "load", "--size", "medium"]):
            subprocess.run([sys.executable, "-m", "feedback", *words], check=True)
    return create_app(Settings()), {"CLOSEDLOOP_DATA_DIR": str(folder), "CLOSEDLOOP_LOG_LEVEL": "WARNING"}


def measure(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Open each page in turn, `runs` times."""
    folder = options.data_dir or Settings().data_dir / "benchmark-pages"
    app, environment = demo_app(folder)
    found: dict[str, list[Visit]] = {}
    with serving(environment) as (address, processes), app.app_context(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.chromium, args=FLAGS)
        chosen = [one for one in targets() if not options.only or one.name.split(",")[0] in options.only]
        for target in chosen:
            with transaction():
                session = service.start_session(target.user_id) if target.user_id else None
            name = authentication.cookie_name()
            cookies = [{"name": name, "value": session, "url": address}] if session else []
            found[target.name] = [visit(browser, address, target, cookies, processes) for _ in range(options.runs)]
        browser.close()
    return [_summary(name, visits) for name, visits in found.items()]


def _summary(name: str, visits: list[Visit]) -> dict[str, Any]:
    rows = [asdict(visit) for visit in visits]
    medians = {field: round(statistics.median(row[field] for row in rows), 1) for field in rows[0]}
    drawn = sorted(round(row["drawn"]) for row in rows)
    return {"page": name, "target_ms": TARGET_MS, "runs_drawn_ms": drawn, **medians}


def main() -> None:
    """Measure, print the table, write the evidence."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, help="a data folder that holds the medium demo")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=[], help="names of pages")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--no-evidence", action="store_true")
    options = parser.parse_args()
    rows = measure(options)
    print("median ms from the click; processor ms of the server and of the page's main thread up to `hover`")
    heads = ("page", "drawn", "live", "hover", "waited for server", "server CPU", "page CPU", "kB", "requests", "load")
    print(f"{heads[0]:<26}" + "".join(f"{head:>19}" for head in heads[1:]))
    keys = ("drawn", "live", "hover", "server_ms", "server_cpu_ms", "browser_cpu_ms", "kilobytes", "requests", "load_average")
    for row in rows:
        print(f"{row['page']:<26}" + "".join(f"{row[key]:>19.1f}" for key in keys))
    if not options.no_evidence:
        EVIDENCE.parent.mkdir(parents=True, exist_ok=True)
        EVIDENCE.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
