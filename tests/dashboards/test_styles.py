"""The style sheets: one meaning per class."""

import re
from collections import Counter
from pathlib import Path

SHEETS = sorted(Path("dashboards/assets").glob("*.css"))


def test_no_class_is_defined_twice():
    # two pages once took the same word, and a mark got the frame of a notice
    names = Counter(name for sheet in SHEETS for name in re.findall(r"^\.(cl-[\w-]+) \{", sheet.read_text(), re.MULTILINE))
    assert names
    assert [name for name, times in names.items() if times > 1] == []


def test_what_hides_the_page_until_it_is_drawn_hides_nothing_else() -> None:
    """The class is that of the entry point alone; a notice with it would never be seen."""
    pages = Path(__file__).parents[2] / "dashboards"
    users = [path.name for path in sorted(pages.rglob("*.py")) if "cl-waiting" in path.read_text()]
    assert users == ["app.py"]
