"""The source files of the product, parsed once."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("feedback", "dashboards", "jobs", "config.py")


@dataclass(frozen=True)
class Source:
    """One module."""

    path: str
    text: str
    tree: ast.Module

    def calls(self) -> set[str]:
        """Dotted names of everything that is called, as written."""
        return {ast.unparse(node.func) for node in ast.walk(self.tree) if isinstance(node, ast.Call)}

    def imports(self) -> set[str]:
        """Top-level names of imported packages."""
        found = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.split(".")[0])
        return found


@cache
def product_sources() -> tuple[Source, ...]:
    """All modules of the product."""
    return tuple(_read(path) for package in PACKAGES for path in _python_files(ROOT / package))


@cache
def all_sources() -> tuple[Source, ...]:
    """All modules of the product and its tests."""
    return (*product_sources(), *(_read(path) for path in _python_files(ROOT / "tests")))


def _python_files(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


def _read(path: Path) -> Source:
    text = path.read_text(encoding="utf-8")
    return Source(str(path.relative_to(ROOT)), text, ast.parse(text))
