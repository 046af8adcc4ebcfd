"""Say which changes of the rules no test noticed, after mutmut ran: `python .ci/mutants.py`.

A change that no test reaches counts like one that no test noticed; one that never ends was noticed. Exit status 1 when
they are more than `MOST` percent of those that were tried in any module.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

MUTANTS = Path(__file__).resolve().parent.parent / "mutants"
MOST = 5
SURVIVED, NO_TESTS = (0,), (5, 33)
"""How a run of the tests ends where all pass, and where none was chosen; the latter by pytest and by mutmut."""


def main(folder: Path = MUTANTS) -> int:
    """Print the unnoticed changes, and their share in each module."""
    shares = {}
    for file in sorted(folder.rglob("*.meta")):
        tried = {name: status for name, status in _found(file).items() if status is not None}
        unnoticed = [name for name, status in tried.items() if status in (*SURVIVED, *NO_TESTS)]
        for name in unnoticed:
            print(f"not noticed: {name}")
        if tried:
            module = file.relative_to(folder).with_suffix("")
            shares[module] = 100 * len(unnoticed) / len(tried)
            print(f"{module}: {len(unnoticed)} of {len(tried)} changes were not noticed, {shares[module]:.1f} %")
    if not shares:
        print("Nothing was changed: run mutmut first.")
        return 1
    print(f"At most {MOST} % may be.")
    return int(max(shares.values()) > MOST)


def _found(file: Path) -> dict[str, int | None]:
    found: dict[str, int | None] = json.loads(file.read_text())["exit_code_by_key"]
    return found


if __name__ == "__main__":
    sys.exit(main())
