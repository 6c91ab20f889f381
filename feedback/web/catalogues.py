"""The translated texts: `.po` files are the source, the `.mo` files that gettext reads are made from them.

Runs on its own (`python -m feedback.web.catalogues`), from `setup.py` and before the tests; it needs nothing but Babel.
"""

import os
import tempfile
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

TRANSLATIONS = Path(__file__).resolve().parent.parent / "translations"


def compile_catalogues(folder: Path = TRANSLATIONS) -> list[Path]:
    """Write each `.mo` file that is missing or older than its source; answers which were written."""
    return [_compile(source) for source in sorted(folder.glob("*/LC_MESSAGES/*.po")) if _is_stale(source)]


def ready_catalogues(folder: Path | None = None) -> str | None:
    """Compile what is missing or stale, as in a fresh clone; answers what to do where these files cannot be written."""
    try:
        compile_catalogues(folder or TRANSLATIONS)
    except OSError as error:
        return (
            f"Texts are shown in English only ({error}). Let somebody who may write there run: python -m feedback.web.catalogues"
        )
    return None


def _is_stale(source: Path) -> bool:
    target = source.with_suffix(".mo")
    return not target.exists() or target.stat().st_mtime <= source.stat().st_mtime


def _compile(source: Path) -> Path:
    target = source.with_suffix(".mo")
    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parent.parent.name)
    handle, name = tempfile.mkstemp(dir=target.parent)
    with os.fdopen(handle, "wb") as file:
        write_mo(file, catalogue)
    os.chmod(name, 0o644)
    os.replace(name, target)  # whole or not at all: test processes start side by side
    return target


if __name__ == "__main__":
    compile_catalogues()
