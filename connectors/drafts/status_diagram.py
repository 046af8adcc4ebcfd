"""Generate docs/states.md from the transition tables: `python -m connectors.drafts.status_diagram > docs/states.md`."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from connectors import status
from connectors.choices import ConnectorStatus, IsPreviewable
from connectors.status import Move

PAGE = """\
# States of a draft

This page is generated from the two tables in `connectors/status.py` by `python -m connectors.drafts.status_diagram`; a
test compares it. A verb in any other state is refused with `InvalidOperation` and changes nothing.

## status

```mermaid
{status_diagram}
```

{status_table}

`publish` with certification is a `list_again` for an unlisted Connector that has not changed and has a valid
certificate; otherwise it is a `submit`.

While a draft is {frozen}, its content cannot change.
While it is {commentable}, both sides may still add comments.

## isPreviewable

```mermaid
{preview_diagram}
```

{preview_table}

`request` is refused while the draft is {frozen}.
`reset` happens when `setRepository` changes the code: the grant was for the previous code.
"""


def page() -> str:
    """Return the text of docs/states.md."""
    return PAGE.format(
        status_diagram=_diagram(status.STATUS, order=ConnectorStatus.values, first=ConnectorStatus.DRAFT),
        status_table=_table(status.STATUS, order=ConnectorStatus.values),
        preview_diagram=_diagram(status.PREVIEW, order=IsPreviewable.values, first=IsPreviewable.NONE),
        preview_table=_table(status.PREVIEW, order=IsPreviewable.values),
        frozen=_either(status.FROZEN),
        commentable=_either(status.COMMENTABLE),
    )


def _starts(move: Move, order: list[str]) -> list[str]:
    return sorted(move.starts, key=order.index)


def _diagram(table: Mapping[str, Move], *, order: list[str], first: str) -> str:
    lines = ["stateDiagram-v2", f"    [*] --> {first}"]
    for verb, move in table.items():
        lines += [f"    {start} --> {move.end}: {verb} ({move.who})" for start in _starts(move, order)]
    return "\n".join(lines)


def _table(table: Mapping[str, Move], *, order: list[str]) -> str:
    lines = ["| verb | who | from | to |", "| --- | --- | --- | --- |"]
    for verb, move in table.items():
        lines.append(f"| `{verb}` | {move.who} | {', '.join(_starts(move, order))} | {move.end} |")
    return "\n".join(lines)


def _either(states: frozenset[str]) -> str:
    *others, last = sorted(states, key=ConnectorStatus.values.index)
    return f"{', '.join(others)} or {last}"


if __name__ == "__main__":
    sys.stdout.write(page())
