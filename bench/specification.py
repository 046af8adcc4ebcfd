"""The reader of connect.yaml against the cheapest reading there is: libyaml alone, without a look at what it says.

Both read the same real files in turns within one run; what counts is the ratio, not the seconds.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from connectors.validation import specification

CORPUS = Path(__file__).resolve().parent.parent / "tests" / "data" / "connect-yaml" / "real"
ROUNDS = 7


def seconds(read: Callable[[bytes], object], files: list[bytes]) -> float:
    """Return the CPU time of reading all files once."""
    begin = time.process_time()
    for text in files:
        read(text)
    return time.process_time() - begin


def checked(text: bytes) -> object:
    """Read and validate as the portal does; a file that is not valid costs its problems."""
    try:
        return specification.parse(text)
    except specification.SpecificationError as error:
        return error.problems


def loaded(text: bytes) -> object:
    """Read with libyaml's loader."""
    try:
        return yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        return error


def main() -> None:
    """Print milliseconds per file and the ratio, each the median of the rounds."""
    files = [path.read_bytes() for path in sorted(CORPUS.glob("*.yaml"))]
    rounds = [(seconds(loaded, files), seconds(checked, files)) for _ in range(ROUNDS)]
    floor, ours = (statistics.median(column) * 1000 / len(files) for column in zip(*rounds, strict=True))
    ratio = statistics.median(b / a for a, b in rounds)
    print(f"connect.yaml, {len(files)} real files, CPU per file, median of {ROUNDS} rounds")
    print(f"  libyaml alone              {floor:6.2f} ms")
    print(f"  read, checked, extracted   {ours:6.2f} ms   {ratio:.1f} x")


if __name__ == "__main__":
    main()
