"""The texts for people: every one is marked, collected and translated, with the same placeholders and all plural forms."""

import ast
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import click
import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from click.testing import CliRunner

from dashboards.cli import serve
from feedback.cli.up import up
from feedback.web.catalogues import TRANSLATIONS, compile_catalogues, ready_catalogues
from feedback.web.languages import LANGUAGES
from tests.architecture.sources import ROOT, product_sources

PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|%%|<[^>]+>")
TRANSLATED = sorted(set(LANGUAGES) - {"en"})
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]


def _catalogue(language: str) -> Catalog:
    with (TRANSLATIONS / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


def _messages(language: str) -> list[Message]:
    return [message for message in _catalogue(language) if message.id]


def _forms(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


@pytest.fixture(scope="module")
def in_the_code() -> set[str | tuple[str, ...]]:
    return {
        found[2] if isinstance(found[2], str) else tuple(found[2][:2])
        for package in ("feedback", "dashboards", "jobs")
        for found in extract_from_dir(str(ROOT / package), METHODS)
    }


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_of_the_code_is_in_the_catalogue_and_no_other(language: str, in_the_code: set[str | tuple[str, ...]]) -> None:
    known = {message.id if isinstance(message.id, str) else tuple(message.id) for message in _messages(language)}
    assert known == in_the_code, "run 'make messages', then translate what is new"


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated_in_all_plural_forms(language: str) -> None:
    plurals = _catalogue(language).num_plurals
    for message in _messages(language):
        forms = _forms(message.string)
        assert not message.fuzzy, message.id
        assert len(forms) == (plurals if message.pluralizable else 1), message.id
        assert all(form.strip() for form in forms), message.id


def test_russian_has_three_plural_forms() -> None:
    assert _catalogue("ru").num_plurals == 3


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_placeholders_are_the_same(language: str) -> None:
    for message in _messages(language):
        wanted = Counter(PLACEHOLDER.findall(_forms(message.id)[-1]))
        for form in _forms(message.string):
            assert Counter(PLACEHOLDER.findall(form)) == wanted, (message.id, form)
            if wanted:
                form % dict.fromkeys(wanted, "x")  # a stray % would be refused here


def test_a_text_is_never_put_together_before_it_is_translated() -> None:
    """An f-string or a sum in gettext is looked up as a text that no catalogue has; one inside an f-string is not collected."""
    wrong = []
    for source in product_sources():
        inside = {id(call) for node in ast.walk(source.tree) if isinstance(node, ast.JoinedStr) for call in ast.walk(node)}
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"_", "gettext", "ngettext"}:
                texts = node.args[: 2 if ast.unparse(node.func) == "ngettext" else 1]
                if id(node) in inside or not all(isinstance(text, ast.Constant) for text in texts):
                    wrong.append(f"{source.path}:{node.lineno}")
    assert wrong == []


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The catalogue of a fresh clone: its source, and nothing compiled."""
    folder = tmp_path / "es" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    text = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Save"\nmsgstr "Guardar"\n'
    (folder / "messages.po").write_text(text, "utf-8")
    return folder


def test_the_compiled_catalogues_follow_their_sources(clone: Path, tmp_path: Path) -> None:
    assert compile_catalogues(tmp_path) == [clone / "messages.mo"]
    assert b"Guardar" in (clone / "messages.mo").read_bytes()


@pytest.mark.parametrize("command", [up, serve])
def test_what_starts_the_server_compiles_what_is_missing(
    command: click.Command, clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedback.web.catalogues.TRANSLATIONS", tmp_path)
    monkeypatch.setattr("feedback.cli.up.ensure_secret", lambda _: sys.exit(7))
    monkeypatch.setattr("config.serve_at", lambda *_: sys.exit(7))
    assert CliRunner().invoke(command, ["--port", "18195"]).exit_code == 7
    assert b"Guardar" in (clone / "messages.mo").read_bytes()


def test_where_nothing_can_be_written_it_is_said_what_to_run(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise PermissionError("read-only")

    monkeypatch.setattr("feedback.web.catalogues.tempfile.mkstemp", refuse)
    assert "python -m feedback.web.catalogues" in (ready_catalogues(tmp_path) or "")
    assert not (clone / "messages.mo").exists()


def test_the_package_carries_the_compiled_catalogues(tmp_path: Path) -> None:
    """What setup.py collects is what a person installs."""
    subprocess.run(
        [sys.executable, "setup.py", "-q", "build", "--build-base", str(tmp_path), "egg_info", "--egg-base", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    carried = {path.relative_to(tmp_path / "lib").as_posix() for path in (tmp_path / "lib").rglob("*") if path.is_file()}
    assert {f"feedback/translations/{language}/LC_MESSAGES/messages.mo" for language in TRANSLATED} <= carried
    assert {"feedback/web/templates/survey/form.html", "feedback/web/static/pages.css", "migrations/alembic.ini"} <= carried
