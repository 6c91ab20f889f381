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
