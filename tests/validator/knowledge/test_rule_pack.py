"""The digest of what decides a verdict."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from tests.root import ROOT
from validator.knowledge import rule_pack

SHOW = "from validator.knowledge import rule_pack; print(rule_pack.digest())"


def digest_of_copy(root: Path) -> str:
    return subprocess.run(
        [sys.executable, "-c", SHOW], cwd=root, capture_output=True, check=True, text=True
    ).stdout.strip()


def copied(source: Path, target: Path) -> Path:
    target.mkdir(parents=True)
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(source / "validator", target / "validator", ignore=ignore)
    return target


def test_the_same_engine_has_the_same_digest_anywhere(tmp_path: Path) -> None:
    here = copied(ROOT, tmp_path / "here")
    there = copied(here, tmp_path / "there" / "deeper")
    # Another machine may have checked the files out with its own line breaks.
    secrets = there / "validator" / "checks" / "leaked_secrets.py"
    secrets.write_bytes(secrets.read_bytes().replace(b"\n", b"\r\n"))

    assert digest_of_copy(here) == digest_of_copy(there)
    assert len(rule_pack.digest()) == len(hashlib.sha256().hexdigest())


def test_a_change_of_a_check_changes_the_digest(tmp_path: Path) -> None:
    copy = copied(ROOT, tmp_path / "copy")
    before = digest_of_copy(copy)

    with (copy / "validator" / "checks" / "leaked_secrets.py").open("a") as file:
        file.write("\n")

    assert digest_of_copy(copy) != before
