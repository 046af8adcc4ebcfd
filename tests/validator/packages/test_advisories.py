"""Advisories: the service with its pages and faults, the folder, and what a record means."""

from __future__ import annotations

import json
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.validator.osv import Service, record, serving
from validator.packages import advisories
from validator.packages.advisories import AdvisoriesError, Api, Folder, MemoryCache, cvss3, judge, merged
from validator.packages.parsers import Package

OLD = Package("npm", "left-right", "1.0.0")
NEW = Package("npm", "left-right", "2.0.0")
OTHER = Package("npm", "unknown-thing", "1.0.0")


def soon() -> float:
    """Return a deadline in half a minute."""
    return time.monotonic() + 30


def test_service_is_asked_in_one_query_and_each_record_is_fetched_once() -> None:
    with serving(Service(record("GHSA-1", "left-right", fixed="1.5.0"))) as service:
        found = Api(service.url).find([OLD, OLD, OTHER], deadline=soon())

    assert {package: [row.id for row in rows] for package, rows in found.items()} == {OLD: ["GHSA-1"]}
    assert found[OLD][0].fixed == "1.5.0"
    assert (service.batches, service.fetched) == ([2], ["GHSA-1"])


def test_more_packages_than_a_query_may_hold_are_asked_in_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advisories, "BATCH", 10)

    with serving(Service(record("GHSA-1", "left-right"))) as service:
        found = Api(service.url).find([*(Package("npm", f"p{n}", "1.0.0") for n in range(24)), OLD], deadline=soon())

    assert service.batches == [10, 10, 5]
    assert list(found) == [OLD]


def test_pages_are_followed_to_the_end() -> None:
    with serving(Service(*(record(f"GHSA-{n}", "left-right") for n in range(7)))) as service:
        service.page_size = 3
        found = Api(service.url).find([OTHER, OLD], deadline=soon())

    assert len(found[OLD]) == 7
    assert service.batches == [2, 1, 1]


def test_kept_record_is_not_fetched_again_until_it_changes() -> None:
    cache = MemoryCache()
    with serving(Service(record("GHSA-1", "left-right"))) as service:
        for _ in range(2):
            Api(service.url, cache=cache).find([OLD], deadline=soon())
        service.records["GHSA-1"]["modified"] = "2026-02-02T00:00:00Z"
        Api(service.url, cache=cache).find([OLD], deadline=soon())

    assert service.fetched == ["GHSA-1", "GHSA-1"]


def test_passing_fault_is_tried_again() -> None:
    with serving(Service(record("GHSA-1", "left-right"))) as service:
        service.failures = [503, 429]
        found = Api(service.url).find([OLD], deadline=soon())

    assert list(found) == [OLD]


@pytest.mark.parametrize(
    ("failures", "raw"),
    [
        ([500, 500, 500], None),
        ([404], None),
        ([302], None),
        ([], b"<html>"),
        ([], b"[]"),
        ([], b"{}"),
        ([], b'{"results": []}'),
        ([], b'{"results": [{"vulns": [{"id": "../../etc"}]}]}'),
        ([], b"[" * 100_000),
    ],
)
def test_answer_that_is_not_whole_is_an_error(failures: list[int], raw: bytes | None) -> None:
    with serving(Service()) as service, pytest.raises(AdvisoriesError):
        service.failures, service.raw = failures, raw
        Api(service.url).find([OLD], deadline=soon())


def test_record_that_is_gone_is_an_error() -> None:
    with serving(Service(record("GHSA-1", "left-right"))) as service, pytest.raises(AdvisoriesError):
        service.raw = b'{"results": [{"vulns": [{"id": "GHSA-9", "modified": ""}]}]}'
        Api(service.url).find([OLD], deadline=soon())


def test_too_large_answer_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advisories, "MAX_ANSWER", 100)
    with serving(Service()) as service, pytest.raises(AdvisoriesError, match="too much data"):
        service.raw = b'{"results": [' + b" " * 200 + b"{}]}"
        Api(service.url).find([OLD], deadline=soon())


def test_service_that_is_not_there_is_an_error_within_the_time() -> None:
    started = time.monotonic()

    with pytest.raises(AdvisoriesError, match="could not be reached"):
        Api("http://127.0.0.1:9").find([OLD], deadline=started + 1)

    assert time.monotonic() - started < 5


def save(folder: Path, *records: dict[str, Any], packed: str = "") -> Path:
    """Write records as files, or into an archive of that name."""
    if packed:
        (folder / packed).parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(folder / packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for row in records:
                archive.writestr(f"{row['id']}.json", json.dumps(row))
    else:
        for row in records:
            target = folder / row["affected"][0]["package"]["ecosystem"] / f"{row['id']}.json"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(json.dumps(row))
    return folder


@pytest.mark.parametrize("packed", ["", "npm/all.zip", "npm.zip"])
def test_folder_is_searched_as_files_and_as_archives(tmp_path: Path, packed: str) -> None:
    save(tmp_path, record("GHSA-1", "left-right", fixed="1.5.0"), record("GHSA-2", "else"), packed=packed)

    found = Folder(tmp_path).find([OLD, NEW, OTHER], deadline=soon())

    assert {package: [row.id for row in rows] for package, rows in found.items()} == {OLD: ["GHSA-1"]}


def test_folder_without_the_ecosystem_is_an_error(tmp_path: Path) -> None:
    save(tmp_path, record("GHSA-1", "left-right"))

    with pytest.raises(AdvisoriesError, match="no records for PyPI"):
        Folder(tmp_path).find([OLD, Package("PyPI", "a", "1")], deadline=soon())


@pytest.mark.parametrize("name", ["npm/all.zip", "npm/GHSA-1.json"])
def test_broken_file_in_the_folder_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "npm").mkdir()
    (tmp_path / name).write_bytes(b'{"name": "left-right", ')

    with pytest.raises(AdvisoriesError):
        Folder(tmp_path).find([OLD], deadline=soon())


@pytest.mark.parametrize(
    ("package", "row", "concerned"),
    [
        (OLD, record("A", "left-right", fixed="1.0.1"), True),
        (OLD, record("A", "left-right", fixed="1.0.0"), False),
        (OLD, record("A", "left-right", introduced="1.0.1"), False),
        (OLD, record("A", "left-right", withdrawn="2026-01-01T00:00:00Z"), False),
        (OLD, record("A", "left-right", ecosystem="PyPI"), False),
        (OLD, record("A", "left"), False),
        (Package("PyPI", "a-b", "1.0"), record("A", "A_b", ecosystem="PyPI", fixed="1.0.post1"), True),
        (Package("Maven", "g:a", "1.0"), record("A", "g:a", ecosystem="Maven", fixed="1.0.0.Final"), False),
        (Package("Maven", "g:a", "1.0"), record("A", "g:a", ecosystem="Maven:https://repo.example", fixed="2"), True),
        (Package("Packagist", "a/b", "1.2"), record("A", "A/B", ecosystem="Packagist", fixed="1.2.1"), True),
    ],
)
def test_record_concerns_the_package_at_its_version_only(
    package: Package, row: dict[str, Any], concerned: bool
) -> None:
    assert (judge(row, package) is not None) is concerned


def test_listed_version_concerns_without_a_range() -> None:
    row = record("A", "left-right", introduced="9.0.0")
    row["affected"][0]["versions"] = ["1.0.0"]

    assert judge(row, OLD) is not None


def test_strange_record_does_not_break() -> None:
    row: dict[str, Any] = {"id": 7, "affected": [{"package": "x"}, 3, {"ranges": "x", "versions": 1}], "severity": {}}

    assert judge(row, OLD) is None
    assert judge(record("A", "left-right", fixed="not a version"), OLD) is None


@pytest.mark.parametrize(
    ("more", "severity"),
    [
        ({"severity": "CRITICAL"}, "critical"),
        ({"severity": "MODERATE"}, "moderate"),
        ({"severity": None}, "unknown"),
    ],
)
def test_severity_is_the_word_of_the_database(more: dict[str, Any], severity: str) -> None:
    advisory = judge(record("A", "left-right", **more), OLD)

    assert advisory is not None
    assert advisory.severity == severity


def test_severity_without_a_word_comes_from_the_vector() -> None:
    row = record("A", "left-right", severity=None)
    row["severity"] = [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]

    advisory = judge(row, OLD)

    assert advisory is not None
    assert advisory.severity == "critical"


@pytest.mark.parametrize(
    ("vector", "score"),
    [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1),
        ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", 9.9),
        ("CVSS:3.0/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 7.8),
        ("CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:H", 5.9),
        ("CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N", 1.6),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0.0),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", None),
        ("nonsense", None),
    ],
)
def test_base_score_follows_the_specification(vector: str, score: float | None) -> None:
    assert cvss3(vector) == score


def test_names_of_one_vulnerability_become_one_advisory() -> None:
    rows = [
        record("PYSEC-1", "left-right", severity=None, aliases=["CVE-1"]),
        record("GHSA-1", "left-right", severity="LOW", fixed="1.1.0", aliases=["CVE-1"]),
        record("GHSA-2", "left-right"),
    ]

    found = merged(advisory for row in rows if (advisory := judge(row, OLD)))

    assert [(row.id, row.aliases, row.severity, row.fixed) for row in found] == [
        ("GHSA-1", ("CVE-1", "PYSEC-1"), "low", "1.1.0"),
        ("GHSA-2", (), "high", None),
    ]
