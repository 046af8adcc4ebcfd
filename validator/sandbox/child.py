"""The process inside the sandbox: reads one job from standard input, runs its steps, writes one line of JSON for each.

Started as `python -m validator.sandbox.child` by `sandbox`, never by people.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from validator import process, steps
from validator.isolation import choice
from validator.results import Ask, CheckContext
from validator.sandbox import wire
from validator.source import git


def main() -> None:
    """Run the steps of the job in the first line of standard input."""
    # What the checks start has our user, and must not answer in our place.
    process.hide()
    out = _own_output()
    job = json.loads(sys.stdin.readline())
    choice.behind(job["isolated"])
    settings = replace(wire.settings_from_json(job["settings"]), ask=_asking(out))
    specification = wire.specification_from_json(job["specification"])
    deadline = time.monotonic() + job["seconds"]
    checks = steps.checks_by_id(settings.scanners)
    with git.reopen(
        Path(job["workspace"]),
        commit=job["commit"],
        tree=job["tree"],
        listing=wire.listing_from_json(job["listing"]),
        deadline=deadline,
        settings=settings,
    ) as tree:
        for step in job["steps"]:
            _tell(out, {"started": step})
            if step == steps.SPECIFICATION:
                specification, result = steps.read_specification(tree, settings=settings)
                _tell(out, {"specification": wire.specification_to_json(specification)})
            else:
                context = CheckContext(tree, specification, settings, deadline)
                result = steps.run_check(checks[step], context, certification=job["certification"])
            _tell(out, {"result": wire.result_to_json(result)})


def _own_output() -> TextIO:
    """Reserve standard output, so that nothing a check or its tools print gets between our lines."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.close(nothing)
    return out


def _asking(out: TextIO) -> Ask:
    """Return a function that asks the process above, which has the network, and waits for its answer."""

    def ask(question: Mapping[str, Any]) -> Mapping[str, Any]:
        _tell(out, {"question": question})
        answer: Mapping[str, Any] = json.loads(sys.stdin.readline())
        return answer

    return ask


def _tell(out: TextIO, message: dict[str, Any]) -> None:
    out.write(json.dumps(message) + "\n")
    out.flush()


if __name__ == "__main__":
    main()
