"""Measure validations: by check, for 1 and for 100 applications, and how many a worker finishes per minute.

    python -m devtools.bench.pipeline                     a generated connector
    python -m devtools.bench.pipeline --path DIR --tag T  and a repository of your own

Each check runs in a process of its own. Its memory is that of the process and its child processes above the memory at
the start of the check, sampled a hundred times per second (Linux only). Wall-clock time depends on the machine; shares
and ratios hardly do.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Self

from devtools.bench import connector
from validator import pipeline, steps
from validator.results import CheckContext, EngineSettings, Outcome
from validator.source import git

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 3
RUNS = 12


def cost(path: Path, tag: str, step: str, settings: EngineSettings, answer: Connection) -> None:
    """Run one check on a tag, in a process of its own, and send seconds, megabytes and outcome to `answer`."""
    with git.checkout_folder(path, tag, settings=settings) as tree:
        specification, result = steps.read_specification(tree, settings=settings)
        with Peak() as peak:
            begin = time.monotonic()
            if step == steps.SPECIFICATION:
                steps.read_specification(tree, settings=settings)
            else:
                context = CheckContext(tree, specification, settings, time.monotonic() + settings.run_seconds)
                result = steps.run_check(steps.checks_by_id()[step], context, certification=True)
            seconds = time.monotonic() - begin
    answer.send((seconds, peak.megabytes, str(result.outcome)))


class Peak:
    """The peak memory of this process and its children within the block, above their memory at its start."""

    def __enter__(self) -> Self:
        self._first = self._most = family_pages()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._thread.join()

    @property
    def megabytes(self) -> float:
        """The peak."""
        return (self._most - self._first) * resource.getpagesize() / 1e6

    def _look(self) -> None:
        while True:
            self._most = max(self._most, family_pages())
            if self._done.wait(0.01):
                return


def family_pages() -> int:
    """Return the memory pages of this process and all its descendants."""
    parents: dict[int, int] = {}
    pages: dict[int, int] = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name, in brackets, may contain anything. After it come state and parent, and the pages as 22nd field.
            fields = file.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            # The process ended in the meantime.
            continue
        parents[int(file.parent.name)], pages[int(file.parent.name)] = int(fields[1]), int(fields[21])
    family = {os.getpid()}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(pages.get(process, 0) for process in family)


def measure(path: Path, tag: str, step: str, settings: EngineSettings) -> tuple[float, float, str]:
    """Return what `cost` answers from a fresh process."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=cost, args=(path, tag, step, settings, theirs))
    process.start()
    answer: tuple[float, float, str] = ours.recv()
    process.join()
    return answer


def by_check(name: str, path: Path, tag: str, settings: EngineSettings) -> None:
    """Print seconds and megabytes of each check."""
    rows = {step: measure(path, tag, step, settings) for step in pipeline.planned()[1:]}
    total = sum(row[0] for row in rows.values())
    print(f"\n{name}: seconds and memory by check")
    for step, (seconds, megabytes, outcome) in rows.items():
        print(f"  {step:16} {seconds:6.2f} s  {seconds / total:4.0%}  {megabytes:5.0f} MB   {outcome}")


def whole(path: Path, settings: EngineSettings) -> tuple[float, float]:
    """Return wall-clock and CPU seconds of a whole run, as the worker does it; the median of some runs."""
    rounds = []
    settings = replace(settings, url_rewrites={"https://github.com/bench/": f"{path.parent.as_uri()}/"})
    for _ in range(ROUNDS):
        begin, before = time.monotonic(), os.times()
        report = pipeline.validate(
            f"https://github.com/bench/{path.name}", "1.0.0", certification=True, settings=settings
        )
        spent, after = time.monotonic() - begin, os.times()
        if any(result.outcome is not Outcome.PASSED for result in report.results if result.check != "image"):
            raise SystemExit(f"The connector {path.name} should pass: {[(r.check, r.outcome) for r in report.results]}")
        rounds.append((spent, sum(after[:4]) - sum(before[:4])))
    seconds, computing = (statistics.median(column) for column in zip(*rounds, strict=True))
    return seconds, computing


def throughput(path: Path, folder: Path, advisories: Path) -> float:
    """Return how many publishes one worker finishes per minute, on SQLite."""
    os.environ |= {
        "DATABASE_URL": f"sqlite:///{folder / 'portal.sqlite3'}",
        "VAR_DIR": str(folder),
        "CHECKOUT_DIR": str(folder / "checkouts"),
        "SECRET_KEY": "bench" * 20,
        "VALIDATION_QUOTA": "1000",
        "OSV_FOLDER": str(advisories),
        "GIT_URL_REWRITES": f'{{"https://github.com/bench/": "{path.parent.as_uri()}/"}}',
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    manage = [sys.executable, str(ROOT / "manage.py")]
    subprocess.run([*manage, "migrate", "--verbosity=0"], check=True, stderr=subprocess.DEVNULL)
    import django  # noqa: PLC0415 - only now is the database configured

    django.setup()
    from accounts import actors  # noqa: PLC0415
    from accounts.models import Project  # noqa: PLC0415
    from connectors.drafts import update  # noqa: PLC0415
    from connectors.drafts.update import Lookup  # noqa: PLC0415
    from connectors.models import ValidationRun  # noqa: PLC0415

    project = Project.objects.create(key="bench", name="Bench", region="europe-west1.gcp")
    by = actors.system("bench")
    body = {
        "name": "Bench",
        "creator": {"email": "bench@example.com"},
        "repository": {"url": f"https://github.com/bench/{path.name}", "tag": "1.0.0"},
    }
    for _ in range(RUNS):
        draft = update.create(body, project_id=project.pk, by=by)
        update.apply(Lookup(id=draft.id), version=1, requested=[{"action": "publish", "certification": True}], by=by)
    rows = ValidationRun.objects.filter(kind=ValidationRun.Kind.PUBLISH)
    with subprocess.Popen([*manage, "worker"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as worker:
        while rows.filter(state__in=ValidationRun.OPEN).exists() and worker.poll() is None:
            time.sleep(0.5)
        worker.terminate()
    if rows.exclude(state=ValidationRun.State.PASSED).exists():
        raise SystemExit(f"Not every run passed: {sorted(rows.values_list('state', flat=True))}")
    first, last = rows.earliest("started_at").started_at, rows.latest("finished_at").finished_at
    if first is None or last is None:
        raise SystemExit("The runs that passed have no times.")
    return RUNS * 60 / (last - first).total_seconds()


def main() -> None:
    """Print every measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--path", type=Path, help="a repository of your own, measured by check as well")
    parser.add_argument("--tag", help="its tag")
    options = parser.parse_args()
    if (options.path is None) != (options.tag is None):
        parser.error("--path and --tag go together")
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        records = connector.advisories(folder / "osv")
        settings = EngineSettings(checkout_dir=folder / "work", osv_folder=records)
        middle = connector.write(folder / "made" / "middle", applications=2)
        by_check("a connector of medium size (2 applications, 180 files)", middle, "1.0.0", settings)
        if options.path is not None:
            by_check(f"{options.path} {options.tag}", options.path, options.tag, settings)
        one, hundred = (
            whole(connector.write(folder / "made" / f"of-{number}", applications=number, files=10), settings)
            for number in (1, 100)
        )
        print(f"\nwhole runs, median of {ROUNDS}: wall-clock seconds, CPU seconds")
        print("  medium size       {:6.2f}  {:6.2f}".format(*whole(middle, settings)))
        print("  1 application     {:6.2f}  {:6.2f}".format(*one))
        print("  100 applications  {:6.2f}  {:6.2f}   {:.0f} x the CPU of 1".format(*hundred, hundred[1] / one[1]))
        print(
            f"\none worker on SQLite: {throughput(middle, folder, records):.0f} publishes of the medium size per minute"
        )


if __name__ == "__main__":
    main()
