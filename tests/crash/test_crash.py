"""What a visitor was thanked for survives the server's violent end (bench/crash.py, with small numbers)."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.crash
def test_acknowledged_submissions_survive_kill_9_exactly_once():
    words = [sys.executable, "bench/crash.py", "--rounds", "2", "--seconds", "1"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)  # noqa: S603 - ours
    assert done.returncode == 0, done.stdout + done.stderr
