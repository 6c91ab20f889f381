"""One file commits, one reads the time, one opens connections: what imports cannot say."""

import ast
import re
import subprocess

import pytest

from tests.architecture.sources import ROOT, Source, all_sources, product_sources

CLOCKS = re.compile(
    r"(datetime|dt)\.(now|utcnow|today)|date\.today|time\.(time|time_ns|localtime|gmtime)|func\.(now|current_timestamp)"
)
WAYS_OUT = {"smtplib", "requests", "httpx", "httpx2", "aiohttp", "urllib3", "ftplib", "telnetlib", "imaplib", "poplib", "dns"}
# `up` asks its own child whether it is ready, and looks whether the port is free.
SUPERVISOR = "feedback/cli/up.py"


def _paths(sources: list[Source]) -> set[str]:
    return {source.path for source in sources}


def test_one_file_commits() -> None:
    committing = [s for s in product_sources() if any(call.endswith((".commit", ".rollback")) for call in s.calls())]
    assert _paths(committing) == {"feedback/uow.py"}


def test_one_file_reads_the_time() -> None:
    reading = [s for s in product_sources() if any(CLOCKS.fullmatch(call) for call in s.calls())]
    assert _paths(reading) == {"feedback/kernel/clock.py"}


def test_one_package_leaves_the_building() -> None:
    leaving = [s for s in product_sources() if s.imports() & (WAYS_OUT | {"socket"}) or "urllib.request" in s.text]
    assert {path for path in _paths(leaving) if not path.startswith("feedback/egress/")} <= {SUPERVISOR}


def test_one_file_reads_the_environment() -> None:
    reading = [s for s in product_sources() if re.search(r"os\.(environ|getenv)", s.text)]
    assert _paths(reading) <= {SUPERVISOR, "config.py", "feedback/__init__.py"}


def test_only_the_web_package_knows_the_api_library() -> None:
    knowing = {s.path for s in product_sources() if "flask_smorest" in s.imports()}
    assert knowing == {"feedback/web/blueprint.py", "feedback/web/openapi.py"}


def test_services_know_nothing_of_http() -> None:
    services = [s for s in product_sources() if s.path.startswith("feedback/") and s.path.endswith(("service.py", "rules.py"))]
    assert len(services) > 10
    knowing = {s.path for s in services if re.search(r"from flask import [^\n]*\b(request|g|abort|Response)\b", s.text)}
    assert knowing == set()


def test_rules_know_no_clock_no_flask_no_database() -> None:
    rules = [s for s in product_sources() if s.path.endswith("rules.py") or "/rules/" in s.path]
    knowing = {
        s.path for s in rules if s.imports() & {"flask", "sqlalchemy"} or "kernel.clock" in s.text or "import clock" in s.text
    }
    assert knowing == set()


@pytest.mark.parametrize("source", product_sources(), ids=lambda source: source.path)
def test_a_file_stays_readable(source: Source) -> None:
    assert source.text.count("\n") <= 400
    functions = [node for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = {node.name for node in functions if (node.end_lineno or 0) - node.lineno + 1 > 50}
    assert long == set()


def test_names_say_what_a_file_is_about() -> None:
    empty = re.compile(r"(^|/)(utils?|helpers?|common|managers?|misc)(\.py|/)")
    assert [s.path for s in all_sources() if empty.search(s.path)] == []


def test_the_project_speaks_only_of_itself() -> None:
    # Paths of a workplace, not of the product. Put together here so that this file does not contain them.
    foreign = re.compile("|".join([r"\.\./" + "shared", "/" + r"work/(main|wt|shared|\.library)"]))
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    texts = [
        name
        for name in listed
        if name.endswith((".py", ".md", ".toml", ".html", ".js", ".css", ".sh", ".ini", "Makefile", "run"))
    ]
    assert len(texts) > 100
    assert [name for name in texts if (ROOT / name).is_file() and foreign.search((ROOT / name).read_text(encoding="utf-8"))] == []


def test_every_migration_can_go_back() -> None:
    files = sorted((ROOT / "migrations" / "versions").glob("*.py"))
    assert files
    assert [file.name for file in files if "def downgrade" not in file.read_text(encoding="utf-8")] == []


def test_a_migration_stays_readable() -> None:
    files = sorted((ROOT / "migrations" / "versions").glob("*.py"))
    assert [file.name for file in files if file.read_text(encoding="utf-8").count("\n") > 400] == []
    assert [file.name for file in files if not re.fullmatch(r"\d{4}_[a-z_]+\.py", file.name)] == []
