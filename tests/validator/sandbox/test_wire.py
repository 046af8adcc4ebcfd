"""The engine's values through JSON and back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from validator.results import (
    CheckResult,
    EngineSettings,
    Finding,
    Level,
    Outcome,
    Severity,
    Specification,
)
from validator.sandbox import wire
from validator.source.tree import Blob, Listing


@pytest.mark.security
def test_settings_come_back_without_anything_secret() -> None:
    settings = EngineSettings(
        Path("/checkouts"),
        url_rewrites={"a": "https://private@mirror.example/"},
        osv_api_url="https://private:private@osv.example:8443/private?private",
        hidden=(Path("/var/data"),),
        ssh_key="private",
        osv_folder=Path("/osv"),
        scanners=({"name": "x"},),
    )

    text = json.dumps(wire.settings_to_json(settings))
    found = wire.settings_from_json(json.loads(text))

    assert "private" not in text
    assert found.ssh_key is None
    assert (found.checkout_dir, found.osv_folder, found.allowed_hosts) == (
        *(Path("/checkouts"), Path("/osv")),
        ("github.com",),
    )
    assert (dict(found.url_rewrites), found.scanners) == ({}, ({"name": "x"},))
    assert (found.osv_api_url, found.hidden) == ("https://osv.example", (Path("/var/data"),))


def test_a_result_comes_back_with_its_findings() -> None:
    finding = Finding("rule", Severity.WARNING, "Look.", path="a/b", line=1, fingerprint="f" * 32)
    result = CheckResult("check", Level.ADVISORY, Outcome.DID_NOT_RUN, (finding,), "Why.", 1.5, "tool 1")

    assert wire.result_from_json(json.loads(json.dumps(wire.result_to_json(result)))) == result


@pytest.mark.parametrize(
    "row", [{}, {"level": "required"}, {"level": "none", "outcome": "passed", "findings": []}, {"findings": 7}]
)
def test_a_result_of_another_shape_is_refused(row: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        wire.result_from_json(row)


def test_a_specification_and_a_listing_come_back() -> None:
    specification = Specification(({"applicationName": "a"},), None, {"scopes": ["x"]})
    listing = Listing({"a": Blob("a", "1" * 40, 5)}, {"b": "link"}, 5, {"b": Blob("b", "2" * 40, 1)})

    assert (
        wire.specification_from_json(json.loads(json.dumps(wire.specification_to_json(specification)))) == specification
    )
    assert wire.specification_from_json(wire.specification_to_json(None)) is None
    assert wire.listing_from_json(json.loads(json.dumps(wire.listing_to_json(listing)))) == listing
