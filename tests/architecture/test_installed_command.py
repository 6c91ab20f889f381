"""The installed command works from any folder, not only from the repository."""

import subprocess
import sys
from pathlib import Path


def test_closedloop_starts_from_another_folder(tmp_path: Path) -> None:
    command = Path(sys.executable).with_name("closedloop")
    done = subprocess.run([command, "--help"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "import" in done.stdout, "demo" in done.stdout) == (0, True, True), done.stderr
