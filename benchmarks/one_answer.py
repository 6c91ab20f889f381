"""One token, one answer: a thousand links, each sent from fifty devices at once through the page.

    python -m benchmarks.one_answer [--tokens 1000] [--at-once 50] [--database sqlite|postgresql]

One device in ten says something else: a further version, never a further answer, and never an answer of 500.
"""

import argparse
import asyncio
import json
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from benchmarks.survey_site import make_links, site
from benchmarks.visitors import PHONE, Visitor, Web, side_by_side
from feedback.extensions import db
from feedback.surveys.models import Invitation, Response
from tests.databases import postgresql_cluster

EVIDENCE = Path(__file__).resolve().parent.parent / "docs" / "evidence" / "one_answer.json"
READ = 1.6  # seconds


def main() -> None:
    """Run, print, write the evidence."""
    options, started = _options(), time.perf_counter()
    with ExitStack() as stack:
        url = stack.enter_context(postgresql_cluster(durable=True)) if options.database == "postgresql" else ""
        here = stack.enter_context(site(url))
        tokens = make_links(here.app, options.tokens, "one")
        web = asyncio.run(_all(here.port, tokens, options.at_once))
        with here.app.app_context():
            answers, links = db.session.execute(
                sa.select(sa.func.count(Response.id), sa.func.count(Response.invitation_id.distinct())).where(
                    Response.invitation_id.in_(sa.select(Invitation.id))
                )
            ).one()
    result = {
        "tokens": options.tokens,
        "sent_at_once": options.at_once,
        "answers": answers,
        "tokens_with_one": links,
        "errors_500": web.failed,
        "requests": web.requests,
        "seconds": round(time.perf_counter() - started),
    }
    print(json.dumps(result, indent=2))
    if not options.dry:
        known = json.loads(EVIDENCE.read_text()) if EVIDENCE.exists() else {}
        EVIDENCE.write_text(json.dumps(known | {options.database: result}, indent=2, sort_keys=True) + "\n")
    print("as promised" if answers == links == options.tokens and not web.failed else "NOT as promised")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokens", type=int, default=1000)
    parser.add_argument("--at-once", type=int, default=50)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--dry", action="store_true", help="write no evidence")
    return parser.parse_args()


async def _all(port: int, tokens: list[str], at_once: int) -> Web:
    web = Web(port, connections=at_once)
    await side_by_side([partial(_one, web, token, at_once) for token in tokens], 20)
    return web


async def _one(web: Web, token: str, at_once: int) -> None:
    """Every device opens the link and reads; then all of them send."""
    devices = [Visitor(web, token, f"{PHONE} {number}") for number in range(at_once)]
    pages = await asyncio.gather(*(device.get("/s/{token}") for device in devices))
    await asyncio.sleep(READ)
    sent = [device.answer(number // 10 if number % 10 == 0 else 7, pages[number]) for number, device in enumerate(devices)]
    await asyncio.gather(*sent)


if __name__ == "__main__":
    main()
