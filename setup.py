"""Compile the catalogues while the package is built, so that an installed closedloop speaks every language it has."""

import runpy
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

CATALOGUES = runpy.run_path(str(Path(__file__).parent / "feedback" / "web" / "catalogues.py"))


class BuildWithCatalogues(build_py):
    """Write the `.mo` files next to their sources, where the package data is collected from."""

    def run(self) -> None:
        """Compile, then build."""
        CATALOGUES["compile_catalogues"]()
        super().run()


setup(cmdclass={"build_py": BuildWithCatalogues})
