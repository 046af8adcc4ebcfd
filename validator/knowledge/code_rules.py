"""Our static analysis rules: read from `rules/*.yaml` and turned into rules of ast-grep.

A file has `languages` (grammars of ast-grep), `utils` that every rule of the file may use, and `rules`. A rule has the
keys `rule` and `constraints` of ast-grep, and ours: `severity` (error, warning, note), `message`, `title`, `why`,
`fix`, `cwe`, `secret` when the matched code contains a credential that must not be shown, and `languages` when the rule
is not for all grammars of the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from validator.results import Rule, Severity

FOLDER = Path(__file__).parent / "rules"
# The C loader is ten times as fast, but missing where PyYAML was built without libyaml.
_LOADER: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "hint"}


@dataclass(frozen=True)
class CodeRule:
    """One rule: its description, the message of its findings, and its ast-grep rule for each grammar."""

    rule: Rule
    message: str
    cwe: str
    secret: bool
    texts: tuple[str, ...]


@lru_cache(maxsize=1)
def load() -> Mapping[str, CodeRule]:
    """Return all rules by id; a mistake in a file raises ValueError or KeyError, so that no rule is silently lost."""
    found: dict[str, CodeRule] = {}
    for file in sorted(FOLDER.glob("*.yaml")):
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - both are safe.
        for row in content["rules"]:
            if row["id"] in found:
                raise ValueError(f"The rule {row['id']} exists twice.")
            found[row["id"]] = _rule(row, languages=row.get("languages", content["languages"]), utils=content["utils"])
    return found


def text() -> str:
    """Return all rules as one text for `ast-grep scan --rule`."""
    return "\n---\n".join(part for rule in load().values() for part in rule.texts) + "\n"


def own_id(rule: str) -> str:
    """Return our id of a rule from the one in ast-grep's results, which also names the grammar."""
    return rule.partition("@")[0]


def _rule(row: Mapping[str, Any], *, languages: list[str], utils: Mapping[str, Any]) -> CodeRule:
    severity = Severity(row["severity"])
    texts = tuple(
        # JSON is YAML: one rule is one line, without quoting of our own.
        json.dumps(
            {
                "id": f"{row['id']}@{language}",
                "language": language,
                "severity": _LEVELS[severity],
                "message": row["message"],
                "utils": utils,
                "rule": row["rule"],
                "constraints": row.get("constraints", {}),
            }
        )
        for language in languages
    )
    rule = Rule(row["id"], row["title"], severity, f"{row['why']} ({row['cwe']})", row["fix"])
    return CodeRule(rule, row["message"], row["cwe"], bool(row.get("secret")), texts)
