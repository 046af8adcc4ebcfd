"""Compare the connect.yaml parser with the cheapest possible one: libyaml alone, without validation.

Both read the same real files in turn within one run; the result is the ratio, not the seconds. REFERENCE_PARSER may
name the folder of the npm package @commercetools-connect/specification (0.0.16), whose verdicts are in the corpus. Then
that parser is measured as well, warm, in a Node process.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from validator.specification import connect_yaml

CORPUS = Path(__file__).resolve().parent.parent / "tests" / "data" / "connect-yaml" / "real"
ROUNDS = 7


def seconds(read: Callable[[bytes], object], files: list[bytes]) -> float:
    """Return the CPU seconds for reading all files once."""
    begin = time.process_time()
    for text in files:
        read(text)
    return time.process_time() - begin


def checked(text: bytes) -> object:
    """Read and validate as the portal does; for an invalid file, collect its problems."""
    try:
        return connect_yaml.parse(text)
    except connect_yaml.SpecificationError as error:
        return error.problems


def loaded(text: bytes) -> object:
    """Read with libyaml's loader."""
    try:
        return yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        return error


@contextmanager
def reference() -> Iterator[Callable[[], float] | None]:
    """Yield a function that returns the reference parser's CPU seconds for all files; None if it is not installed."""
    folder = os.environ.get("REFERENCE_PARSER")
    if not folder:
        yield None
        return
    program = Path(__file__).with_name("reference.mjs")
    with subprocess.Popen(
        ["node", str(program), str(Path(folder).resolve()), str(CORPUS)],  # noqa: S607
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as node:
        if node.stdin is None or node.stdout is None:
            raise SystemExit("Node has no pipes.")
        asked, answered = node.stdin, node.stdout

        def once() -> float:
            asked.write("again\n")
            asked.flush()
            return float(answered.readline())

        for _ in range(ROUNDS):
            once()
        yield once
        asked.close()


def main() -> None:
    """Print milliseconds per file and the ratio, each the median of the rounds."""
    files = [path.read_bytes() for path in sorted(CORPUS.glob("*.yaml"))]
    with reference() as parse:
        rounds = [(seconds(loaded, files), seconds(checked, files), parse() if parse else None) for _ in range(ROUNDS)]
    floor, ours = (statistics.median(row[column] for row in rounds) * 1000 / len(files) for column in (0, 1))
    ratio = statistics.median(row[1] / row[0] for row in rounds)
    print(f"connect.yaml, {len(files)} real files, CPU per file, median of {ROUNDS} rounds")
    print(f"  libyaml alone              {floor:6.2f} ms")
    print(f"  read, checked, extracted   {ours:6.2f} ms   {ratio:.1f} x libyaml")
    theirs = [(row[1], row[2]) for row in rounds if row[2] is not None]
    if theirs:
        mine = statistics.median(our / their for our, their in theirs)
        per_file = statistics.median(their for _, their in theirs) * 1000 / len(files)
        print(f"  the reference parser       {per_file:6.2f} ms   ours needs {mine:.2f} of it")


if __name__ == "__main__":
    main()
