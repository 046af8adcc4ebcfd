"""Show the page about the checks, or write it: `python -m validator.checks --write docs/checks.md`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from validator.report import checks_page


def main() -> None:
    """Print the page, or write it to a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page to this file")
    options = parser.parse_args()
    text = checks_page.page()
    if options.write is None:
        sys.stdout.write(text)
    else:
        options.write.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
