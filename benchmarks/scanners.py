"""Ten kinds of mail scanners at the links of survey mails: what they leave behind must be nothing.

    python -m benchmarks.scanners [--kinds 1 2 …] [--mails 10000] [--browser-mails 200] [--wait 10] [--pace 2.5]

Kinds 1-7 are clients without scripts that open every link of the mail, the hidden one too. Kinds 8-10 are a real Chromium on
`--browser-mails` mails (`--wait` seconds a page); what they sent is then replayed for the other mails with `--pace` seconds
between two requests (more than 1.5: nothing is caught for being quick). Kind 10 submits every form by its button, on every link
of the mail for a tenth of the mails, on one link only (and never the hidden one) for the others.
"""

import argparse
import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from zlib import crc32

import sqlalchemy as sa
from playwright.sync_api import BrowserContext, Page, sync_playwright

from benchmarks.survey_site import Site, mail_paths, make_links, site
from benchmarks.visitors import CHROME, Visitor, Web, side_by_side
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.outbox.models import Notification, OutboxMessage
from feedback.permission.models import Suppression
from feedback.surveys.models import Invitation, Response
from feedback.surveys.people.models import ProvisionalMark, Submission, SubmissionState
from feedback.surveys.rules import InvitationState
from tests.databases import postgresql_cluster

EVIDENCE = Path(__file__).resolve().parent.parent / "docs" / "evidence" / "scanners.json"
HEADLESS = CHROME.replace("Chrome/", "HeadlessChrome/")
PREVIEWS = (
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
    "WhatsApp/2.23.20.0",
)
IMAGES = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
ALL_LINKS = 10  # one mail in so many is opened by kind 10 at every link
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run"]

Kind = tuple[str, Callable[[Web, str, list[str]], Awaitable[None]]]


async def _each(web: Web, token: str, paths: list[str], *, method: str = "GET", agent: str = "", **headers: str) -> None:
    visitor = Visitor(web, token, agent, {name.replace("_", "-"): value for name, value in headers.items()})
    for path in paths:
        await visitor.get(path, method)


async def _preview(web: Web, token: str, paths: list[str]) -> None:
    await _each(web, token, paths, agent=PREVIEWS[crc32(token.encode()) % len(PREVIEWS)])


SIMPLE: tuple[Kind, ...] = (
    ("1 HEAD", partial(_each, method="HEAD", agent=CHROME)),
    ("2 GET all links at once", partial(_each, agent="python-requests/2.32")),
    ("3 GET, empty user agent", _each),
    ("4 GET, browser's user agent", partial(_each, agent=CHROME)),
    ("5 prefetch", partial(_each, agent=CHROME, Sec_Purpose="prefetch")),
    ("6 preview of Slack, Teams, WhatsApp", _preview),
    ("7 image proxy", partial(_each, agent=IMAGES)),
)


async def _one_link(web: Web, token: str, paths: list[str], pace: float) -> None:
    await asyncio.sleep(random.random() * pace)
    await Visitor(web, token, HEADLESS).get(_some_score(token))


async def _every_link(web: Web, token: str, paths: list[str], pace: float) -> None:
    visitor = Visitor(web, token, HEADLESS)
    for path in paths:
        await asyncio.sleep(pace * random.uniform(0.8, 1.2))
        await visitor.get(path)


async def _every_form(web: Web, token: str, paths: list[str], pace: float) -> None:
    """What the recorded Chromium sends: open, submit the first form, open again, submit the second, and so on."""
    visitor = Visitor(web, token, HEADLESS)
    everything = crc32(token.encode()) % ALL_LINKS == 0
    for path in paths if everything else [_some_score(token)]:
        page, number = await visitor.get(path), 0
        while number < len(page.forms):
            await asyncio.sleep(pace * random.uniform(0.8, 1.2))
            action, fields = page.forms[number]
            target = path.partition("?")[0].replace("/about", "") if action.startswith("?") else action
            score = {"score": path.rpartition("=")[2]} if action.startswith("?") and "score=" in path else {}
            await visitor.post(target, {**fields, **score, "comment": ""})
            await asyncio.sleep(pace * random.uniform(0.8, 1.2))
            page, number = await visitor.get(path), number + 1


def _some_score(token: str) -> str:
    return f"/s/{{token}}?score={crc32(token.encode()) % 11}"


REPLAYED = (
    ("8 Chromium, scripts, one link", _one_link),
    ("9 Chromium, every link", _every_link),
    ("10 Chromium, every link, button and form", _every_form),
)


class Chromium:
    """The same three with a real browser."""

    def __init__(self, context: BrowserContext, address: str, paths: list[str], wait: float) -> None:
        self.context, self.address, self.paths, self.wait = context, address, paths, wait * 1000

    def one_link(self, token: str) -> None:
        page = self.context.new_page()
        self._open(page, _some_score(token), token)
        page.close()

    def every_link(self, token: str) -> None:
        page = self.context.new_page()
        for path in self.paths:
            self._open(page, path, token)
        page.close()

    def every_form(self, token: str) -> None:
        page = self.context.new_page()
        for path in self.paths if crc32(token.encode()) % ALL_LINKS == 0 else [_some_score(token)]:
            self._open(page, path, token)
            for number in range(page.locator("button").count()):
                button = page.locator("button").nth(number)
                if button.count():  # the page may have changed by now
                    button.evaluate("button => button.click()")
                    page.wait_for_load_state()
                    page.wait_for_timeout(self.wait)
                self._open(page, path, token)
        page.close()

    def _open(self, page: Page, path: str, token: str) -> None:
        page.goto(self.address + path.format(token=token))
        page.wait_for_timeout(self.wait)


def main() -> None:
    """Run, print, write the evidence."""
    options = _options()
    with ExitStack() as stack:
        url = stack.enter_context(postgresql_cluster(durable=True)) if options.database == "postgresql" else ""
        here = stack.enter_context(site(url))
        paths = mail_paths(here.app)
        results = [_measure(here, number, paths, options) for number in options.kinds]
    wrong = [result["kind"] for result in results if result["answers"] > result["allowed"] or result["failed"]]
    if not options.dry:
        _write(results, {"links_per_mail": len(paths), "database": options.database})
    print("as promised" if not wrong else f"NOT as promised: {wrong}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", type=int, nargs="+", default=list(range(1, 11)), choices=range(1, 11), metavar="1..10")
    parser.add_argument("--mails", type=int, default=10_000, help="of each kind")
    parser.add_argument("--browser-mails", type=int, default=200, help="of them in a real Chromium, for kinds 8 to 10")
    parser.add_argument("--wait", type=float, default=10, help="seconds that Chromium stays on a page")
    parser.add_argument("--pace", type=float, default=2.5, help="seconds between two requests of a replayed visit")
    parser.add_argument("--tabs", type=int, default=20, help="mails that Chromium opens side by side")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--dry", action="store_true", help="write no evidence")
    return parser.parse_args()


def _measure(here: Site, number: int, paths: list[str], options: argparse.Namespace) -> dict[str, Any]:
    simple = number <= len(SIMPLE)
    place = number - 1 if simple else number - 1 - len(SIMPLE)
    result = (_measure_simple if simple else _measure_browser)(here, place, paths, options)
    print({name: value for name, value in result.items() if name != "allowed"}, flush=True)
    return result


def _write(results: list[dict[str, Any]], said: dict[str, Any]) -> None:
    """What was measured now takes the place of what was known of the same kinds."""
    known = json.loads(EVIDENCE.read_text())["kinds"] if EVIDENCE.exists() else []
    kinds = {kind["kind"]: kind for kind in [*known, *results]}
    ordered = [kinds[name] for name in sorted(kinds, key=lambda name: int(name.split()[0]))]
    EVIDENCE.write_text(json.dumps(said | {"kinds": ordered}, indent=2, ensure_ascii=False) + "\n")


def _measure_simple(here: Site, number: int, paths: list[str], options: argparse.Namespace) -> dict[str, Any]:
    name, visit = SIMPLE[number]
    before, tokens, started = _left(here), make_links(here.app, options.mails, name), time.perf_counter()
    web = asyncio.run(_run(here.port, [partial(_visit, visit, token, paths) for token in tokens], 64))
    sent = {"mails": len(tokens), "requests": web.requests, "failed": web.failed}
    return _result(here, name, before, started, **sent, allowed=0)


def _measure_browser(here: Site, number: int, paths: list[str], options: argparse.Namespace) -> dict[str, Any]:
    name, visit = REPLAYED[number]
    before, tokens, started = _left(here), make_links(here.app, options.mails, name), time.perf_counter()
    in_browser, replayed = tokens[: options.browser_mails], tokens[options.browser_mails :]
    recorded = _browse(here, number, in_browser, paths, options)
    by_trace = [partial(_visit, partial(visit, pace=options.pace), token, paths) for token in replayed]
    web = asyncio.run(_run(here.port, by_trace, 400))
    _wait_for_held(here)
    allowed = options.mails // 1000 if number == 2 else 0
    sent = {"mails": len(tokens), "browser": len(in_browser), "requests": web.requests + recorded, "failed": web.failed}
    return _result(here, name, before, started, **sent, allowed=allowed)


async def _visit(visit: Callable[..., Awaitable[None]], token: str, paths: list[str], web: Web) -> None:
    await visit(web, token, paths)


async def _run(port: int, visits: list[Callable[[Web], Awaitable[None]]], limit: int) -> Web:
    web = Web(port)
    await side_by_side([partial(visit, web) for visit in visits], limit)
    return web


def _browse(here: Site, number: int, tokens: list[str], paths: list[str], options: argparse.Namespace) -> int:
    """Chromium at each mail, several processes of it side by side; answers how many requests it sent."""
    from multiprocessing import get_context

    parts = [tokens[start :: max(1, min(options.tabs, len(tokens)))] for start in range(max(1, min(options.tabs, len(tokens))))]
    with get_context("spawn").Pool(len(parts)) as pool:  # they mostly wait
        jobs = [(here.address, number, part, paths, options.wait) for part in parts if part]
        return sum(pool.starmap(browse_some, jobs, chunksize=1))


def browse_some(address: str, number: int, tokens: list[str], paths: list[str], wait: float) -> int:
    """Some mails in one Chromium, one after the other."""
    requests: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for token in tokens:
            context = browser.new_context()
            context.set_default_timeout(300_000)  # a scanner has time
            context.on("request", lambda request: requests.append(request.method))
            scanner = Chromium(context, address, paths, wait)
            (scanner.one_link, scanner.every_link, scanner.every_form)[number](token)
            context.close()
        browser.close()
    return len(requests)


def _wait_for_held(here: Site) -> None:
    """Until everything that was held is decided; the server's jobs do that."""
    for _ in range(1000):
        with here.app.app_context():
            waiting = sa.select(sa.func.count()).where(Submission.state == SubmissionState.HELD)
            if not db.session.scalar(waiting):
                return
        time.sleep(1)


def _left(here: Site) -> dict[str, int]:
    def count(model: Any, *conditions: Any) -> int:
        return db.session.scalar(sa.select(sa.func.count()).select_from(model).where(*conditions)) or 0

    with here.app.app_context():
        return {
            "answers": count(Response),
            "issues": count(Issue),
            "alerts": count(Notification) + count(OutboxMessage),
            "unsubscribes": count(Suppression),
            "links_used_up": count(Invitation, Invitation.state != InvitationState.SENT),
            "marks": count(ProvisionalMark),
        }


def _result(here: Site, name: str, before: dict[str, int], started: float, **more: int) -> dict[str, Any]:
    left = {key: value - before[key] for key, value in _left(here).items()}
    return {"kind": name, **left, **more, "seconds": round(time.perf_counter() - started)}


if __name__ == "__main__":
    main()
