"""The digest of what decides a verdict."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from connectors.validation import rule_pack

ROOT = Path(__file__).parents[3]
SHOW = "from connectors.validation import rule_pack; print(rule_pack.digest())"


def digest_of_copy(root: Path) -> str:
    return subprocess.run(
        [sys.executable, "-c", SHOW], cwd=root, capture_output=True, check=True, text=True
    ).stdout.strip()


def copied(target: Path) -> Path:
    (target / "connectors").mkdir(parents=True)
    (target / "connectors" / "__init__.py").write_text("")
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "connectors" / "validation", target / "connectors" / "validation", ignore=ignore)
    return target


def test_the_same_engine_has_the_same_digest_anywhere(tmp_path: Path) -> None:
    copy = copied(tmp_path / "copy")

    assert digest_of_copy(copy) == rule_pack.digest()
    assert len(rule_pack.digest()) == len(hashlib.sha256().hexdigest())


def test_a_change_of_a_check_changes_the_digest(tmp_path: Path) -> None:
    copy = copied(tmp_path / "copy")
    before = digest_of_copy(copy)

    with (copy / "connectors" / "validation" / "checks" / "secrets.py").open("a") as file:
        file.write("\n")

    assert digest_of_copy(copy) != before
