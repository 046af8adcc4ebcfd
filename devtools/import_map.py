"""docs/imports.md, drawn from the import contracts: `python -m devtools.import_map > docs/imports.md`."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CONTRACTS = Path(__file__).parent.parent / "pyproject.toml"

HEAD = """# Who may import whom

This map is drawn from the import contracts in `pyproject.toml` by `python -m devtools.import_map`; a test compares it.
`make lint-imports` holds the code to the contracts.

Read it from the top: each layer imports only from those below it, and packages of the same layer do not import each
other. A new package must be added to a contract before the gate accepts it. What each floor is for is in
[architecture.md](architecture.md).
"""


def page() -> str:
    """Return the page as Markdown."""
    return HEAD + "".join(_sections(tomllib.loads(CONTRACTS.read_text(encoding="utf-8"))["tool"]["importlinter"]))


def _sections(settings: dict[str, Any]) -> Iterator[str]:
    for contract in settings["contracts"]:
        yield f"\n## {contract['name']}\n\n"
        if contract["type"] == "layers":
            (container,) = contract.get("containers", [""])
            yield _graph(contract["layers"], prefix=f"{container}." if container else "")
        else:
            sources, others = (_names(contract[f"{which}_modules"]) for which in ("source", "forbidden"))
            yield f"{sources} does not import {others}, not even by another module.\n"


def _names(modules: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in modules)


def _graph(layers: list[str], *, prefix: str) -> str:
    """Return layers as a Mermaid diagram: a box for each layer, with an arrow to the next one."""
    lines = ["```mermaid", "flowchart TD"]
    for number, layer in enumerate(layers):
        lines.append(f'  subgraph layer{number}[" "]')
        lines += [f'    {name}_["{prefix}{name}"]' for name in re.split(r" [|:] ", layer)]
        lines.append("  end")
    lines += [f"  layer{number} --> layer{number + 1}" for number in range(len(layers) - 1)]
    return "\n".join([*lines, "```", ""])


if __name__ == "__main__":
    sys.stdout.write(page())
