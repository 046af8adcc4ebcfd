"""The rules of static analysis as files: whole, unique, and each known to the engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from validator.knowledge import code_rules
from validator.results import Severity

RULE = {
    "id": "js-x", "severity": "error", "message": "m", "title": "t", "why": "w", "fix": "f", "cwe": "CWE-1",
    "rule": {"pattern": "x"},
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return an empty folder in place of the rules."""
    monkeypatch.setattr(code_rules, "FOLDER", tmp_path)
    code_rules.load.cache_clear()
    yield tmp_path
    code_rules.load.cache_clear()


@pytest.mark.parametrize(
    "rows", [[RULE, RULE], [{**RULE, "severity": "fatal"}], [{key: RULE[key] for key in RULE if key != "fix"}]]
)
def test_mistake_in_a_file_is_an_error(folder: Path, rows: list[object]) -> None:
    (folder / "x.yaml").write_text(yaml.safe_dump({"languages": ["TypeScript"], "utils": {}, "rules": rows}))

    with pytest.raises((ValueError, KeyError)):
        code_rules.load()


def test_every_rule_of_ours_has_an_id_of_its_language_and_a_weakness() -> None:
    for name, row in code_rules.load().items():
        assert name.partition("-")[0] in ("js", "py", "java", "php")
        assert row.cwe.startswith("CWE-")
        assert row.rule.severity in (Severity.ERROR, Severity.WARNING)
        assert row.message.endswith(".")
        assert row.rule.fix.endswith(".")


def test_each_grammar_of_a_file_gets_its_own_text() -> None:
    texts = code_rules.load()["js-eval"].texts

    assert [yaml.safe_load(text)["language"] for text in texts] == ["TypeScript", "Tsx"]
    assert [code_rules.own_id(yaml.safe_load(text)["id"]) for text in texts] == ["js-eval", "js-eval"]


def test_the_loader_in_c_reads_the_rules_like_the_other() -> None:
    for file in code_rules.FOLDER.glob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        assert yaml.load(text, Loader=code_rules._LOADER) == yaml.safe_load(text)
