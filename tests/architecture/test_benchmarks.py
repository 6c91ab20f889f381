"""Measurements run seldom: what they use may have gone meanwhile."""

import importlib
from pathlib import Path

import pytest

import benchmarks

NAMES = sorted(path.stem for path in Path(benchmarks.__file__).parent.glob("*.py") if not path.stem.startswith("__"))


@pytest.mark.parametrize("name", NAMES)
def test_what_a_measurement_uses_is_there(name: str) -> None:
    assert importlib.import_module(f"benchmarks.{name}").__doc__
