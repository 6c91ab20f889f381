"""Two thousand people who answer in awkward ways: each is counted exactly once, with the last score they confirmed.

    python -m benchmarks.people [--people 2000] [--browser-people 100] [--database sqlite|postgresql]

Some use a real Chromium; the others send what it sent. "Behind a scanner" means: a scanner with the same address and the name
of the same browser has opened every link and sent every form, and the person follows one second later.
"""

import argparse
import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.survey_site import Site, mail_paths, make_links, site
from benchmarks.visitors import CHROME, FIREFOX, PHONE, Answer, Visitor, Web, side_by_side
from feedback.extensions import db
from feedback.surveys.models import Invitation, Response
from feedback.surveys.people.models import Submission, SubmissionState
from feedback.surveys.tokens import token_digest
from tests.databases import postgresql_cluster

EVIDENCE = Path(__file__).resolve().parent.parent / "docs" / "evidence" / "people.json"
READ = 1.7  # seconds
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run"]


@dataclass
class Said:
    """What one person was thanked for, in order."""

    token: str
    way: str
    scores: list[int]

    def thanked(self, score: int, answer: Answer) -> None:
        """Note a confirmed score."""
        if answer.status == 200:
            self.scores.append(score)


class Someone:
    """One person with a browser; each way of answering is a method."""

    def __init__(self, web: Web, said: Said, paths: list[str]) -> None:
        self.web, self.said, self.paths = web, said, paths
        self.here = Visitor(web, said.token, random.choice((CHROME, FIREFOX, PHONE)))
        self.first, self.last = random.sample(range(11), 2)

    async def open(self, who: Visitor, score: int | None = None) -> Answer:
        """Open the link and read."""
        page = await who.get("/s/{token}" + (f"?score={score}" if score is not None else ""))
        await asyncio.sleep(READ)
        return page

    async def say(self, who: Visitor, score: int, page: Answer | None = None) -> Answer:
        """Send the form."""
        answer = await who.answer(score, page)
        self.said.thanked(score, answer)
        return answer

    async def without_scripts(self) -> None:
        """Open and send."""
        await self.open(self.here, self.last)
        await self.say(self.here, self.last)

    async def slow(self) -> None:
        """A long time between opening and sending."""
        await self.open(self.here)
        await asyncio.sleep(random.uniform(5, 30))
        await self.say(self.here, self.last)

    async def quick(self) -> None:
        """Sent at once; what comes back is sent again."""
        await self.here.get(f"/s/{{token}}?score={self.last}")
        back = await self.say(self.here, self.last)
        await asyncio.sleep(READ)
        await self.say(self.here, self.last, back)

    async def double_click(self) -> None:
        """The same form twice in one moment."""
        page = await self.open(self.here, self.last)
        await asyncio.gather(self.say(self.here, self.last, page), self.say(self.here, self.last, page))

    async def reload(self) -> None:
        """Opened three times, and the thanks loaded again twice."""
        for _ in range(3):
            page = await self.open(self.here, self.last)
        for _ in range(3):
            await self.say(self.here, self.last, page)

    async def back(self) -> None:
        """Sent, back to the same page, another number, sent."""
        page = await self.open(self.here, self.first)
        await self.say(self.here, self.first, page)
        await self.say(self.here, self.last, page)

    async def forgotten(self) -> None:
        """Sent without a number first."""
        page = await self.open(self.here)
        back = await self.here.post("/s/{token}", {**page.real_form, "comment": "Kept"})
        await asyncio.sleep(READ)
        await self.say(self.here, self.last, back)

    async def two_devices(self) -> None:
        """Opened on both, sent from one and then from the other; the first loads its thanks again."""
        there = Visitor(self.web, self.said.token, PHONE + " second")
        one, two = await self.open(self.here, self.first), await self.open(there, self.last)
        await self.say(self.here, self.first, one)
        await self.say(there, self.last, two)
        await self.here.answer(self.first, one)

    async def two_devices_at_once(self) -> None:
        """Sent from both in one moment: the server decides which was last, and says so on both."""
        there = Visitor(self.web, self.said.token, PHONE + " second")
        one, two = await self.open(self.here, self.last), await self.open(there, self.last)
        await asyncio.gather(self.say(self.here, self.last, one), self.say(there, self.last, two))

    async def changed_later(self) -> None:
        """The link once more, to change the number."""
        await self.without_scripts()
        self.last = self.first
        await self.open(self.here)
        await self.say(self.here, self.last)

    async def after_a_looking_scanner(self) -> None:
        """Every link of the mail was opened a second ago."""
        for path in self.paths:
            await self.here.get(path)
        await asyncio.sleep(1)
        await self.without_scripts()

    async def after_a_sending_scanner(self) -> None:
        """Every form of two links was sent, the last one a second ago."""
        for score in (0, 10):
            for number in range(3):
                page = await self.open(self.here, score)
                action, fields = page.forms[number]
                await self.here.post("/s/{token}" if action.startswith("?") else action, {**fields, "score": str(score)})
        await asyncio.sleep(1)
        await self.without_scripts()


WAYS: tuple[Callable[[Someone], Awaitable[None]], ...] = (
    Someone.without_scripts,
    Someone.slow,
    Someone.quick,
    Someone.double_click,
    Someone.reload,
    Someone.back,
    Someone.forgotten,
    Someone.two_devices,
    Someone.two_devices_at_once,
    Someone.changed_later,
    Someone.after_a_looking_scanner,
    Someone.after_a_sending_scanner,
)


class InChromium:
    """Ways in a real browser."""

    def __init__(self, browser: Browser, address: str, said: Said) -> None:
        self.browser, self.link, self.said = browser, f"{address}/s/{said.token}", said
        self.first, self.last = random.sample(range(11), 2)

    def page(self, score: int | None = None, **options: Any) -> Page:
        """The link in a browser of its own."""
        page = self.browser.new_context(**options).new_page()
        page.goto(self.link + (f"?score={score}" if score is not None else ""))
        page.wait_for_timeout(READ * 1000)
        return page

    def send(self, page: Page, score: int, *, clicks: int = 1) -> None:
        """Press the button until thanked."""
        page.locator("#answer > button").click(click_count=clicks)
        expect(page.get_by_role("heading", name="Thank you")).to_be_visible(timeout=60_000)
        self.said.scores.append(score)

    def no_scripts(self) -> None:
        """Scripts are off."""
        self.send(self.page(self.last, java_script_enabled=False), self.last)

    def keyboard(self) -> None:
        """Tab, arrows, Enter."""
        page = self.page()
        page.locator("#score-0").focus()
        page.keyboard.press("Space")
        for _ in range(self.last):
            page.keyboard.press("ArrowRight")
        page.locator("#answer > button").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Thank you")).to_be_visible(timeout=60_000)
        self.said.scores.append(self.last)

    def double_click(self) -> None:
        """Two clicks on the button."""
        self.send(self.page(self.last), self.last, clicks=2)

    def reload(self) -> None:
        """The thanks loaded again."""
        page = self.page(self.last)
        self.send(page, self.last)
        page.reload()

    def back(self) -> None:
        """Back, another number."""
        page = self.page(self.first)
        self.send(page, self.first)
        page.go_back()
        page.locator(f"#score-{self.last}").check()
        self.send(page, self.last)

    def two_devices(self) -> None:
        """One after the other."""
        one, two = self.page(self.first, user_agent=CHROME), self.page(self.last, user_agent=PHONE)
        self.send(one, self.first)
        self.send(two, self.last)


IN_CHROMIUM: tuple[Callable[[InChromium], None], ...] = (
    InChromium.no_scripts,
    InChromium.keyboard,
    InChromium.double_click,
    InChromium.reload,
    InChromium.back,
    InChromium.two_devices,
)


def main() -> None:
    """Run, print, write the evidence."""
    options, started = _options(), time.perf_counter()
    with ExitStack() as stack:
        url = stack.enter_context(postgresql_cluster(durable=True)) if options.database == "postgresql" else ""
        here = stack.enter_context(site(url))
        tokens = make_links(here.app, options.people, "people")
        said = [Said(token, _way(number, options), []) for number, token in enumerate(tokens)]
        _browse(here, said[: options.browser_people])
        web = asyncio.run(_visit(here, said[options.browser_people :], mail_paths(here.app)))
        wrong = _wrong(here, said)
    result = {
        "people": len(said),
        "in_chromium": options.browser_people,
        "counted_once_with_the_last_score": len(said) - len(wrong),
        "wrong": [f"{one.way}: said {one.scores}, stored {stored}" for one, stored in wrong[:20]],
        "errors_500": web.failed,
        "by_way": dict(Counter(one.way for one in said)),
        "seconds": round(time.perf_counter() - started),
        "database": options.database,
    }
    print(json.dumps(result, indent=2))
    if not options.dry:
        EVIDENCE.write_text(json.dumps(result, indent=2) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--browser-people", type=int, default=100)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--dry", action="store_true", help="write no evidence")
    return parser.parse_args()


def _way(number: int, options: argparse.Namespace) -> str:
    if number < options.browser_people:
        return "Chromium: " + IN_CHROMIUM[number % len(IN_CHROMIUM)].__name__
    return WAYS[number % len(WAYS)].__name__


def _browse(here: Site, people: list[Said]) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for number, one in enumerate(people):
            IN_CHROMIUM[number % len(IN_CHROMIUM)](InChromium(browser, here.address, one))
            for context in browser.contexts:
                context.close()
        browser.close()


async def _visit(here: Site, people: list[Said], paths: list[str]) -> Web:
    web, ways = Web(here.port), {way.__name__: way for way in WAYS}
    await side_by_side([partial(ways[one.way], Someone(web, one, paths)) for one in people], 200)
    return web


def _wrong(here: Site, said: list[Said]) -> list[tuple[Said, list[int]]]:
    """Those who are not counted exactly once with the last score they were thanked for."""
    for _ in range(1000):
        with here.app.app_context():
            if not db.session.scalar(sa.select(sa.func.count()).where(Submission.state == SubmissionState.HELD)):
                break
        time.sleep(1)
    with here.app.app_context():
        query = sa.select(Invitation.token_digest, Response.score).join(Response, Response.invitation_id == Invitation.id)
        stored: dict[str, list[int]] = {}
        for digest, score in db.session.execute(query):
            stored.setdefault(digest, []).append(score)
    found = [(one, stored.get(token_digest(one.token), [])) for one in said]
    return [(one, scores) for one, scores in found if not one.scores or scores != one.scores[-1:]]


if __name__ == "__main__":
    main()
