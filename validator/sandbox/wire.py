"""Convert the engine's values to JSON and back, for the pipe between the worker and its sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from validator.results import (
    CheckResult,
    EngineSettings,
    Finding,
    Level,
    Outcome,
    Severity,
    Specification,
)
from validator.source.tree import Blob, Listing


def settings_to_json(settings: EngineSettings) -> dict[str, Any]:
    """Return the settings without what no check needs: keys, addresses that may hold a password, and functions."""
    row = {name: getattr(settings, name) for name in settings.__dataclass_fields__}
    row.update(
        checkout_dir=str(settings.checkout_dir),
        osv_folder=None if settings.osv_folder is None else str(settings.osv_folder),
        url_rewrites={},
        osv_api_url=_host_of(settings.osv_api_url),
        scanners=[dict(scanner) for scanner in settings.scanners],
        hidden=[str(path) for path in settings.hidden],
        ssh_key=None,
        deliveries=None,
        ask=None,
    )
    return row


def _host_of(url: str) -> str:
    """Return an address without user, password, path and query; a report names its host only."""
    return f"https://{urlsplit(url).hostname or ''}" if url else ""


def settings_from_json(row: Mapping[str, Any]) -> EngineSettings:
    """Return the settings that `settings_to_json` wrote."""
    return EngineSettings(
        **{
            **row,
            "checkout_dir": Path(row["checkout_dir"]),
            "osv_folder": None if row["osv_folder"] is None else Path(row["osv_folder"]),
            "allowed_hosts": tuple(row["allowed_hosts"]),
            "scanners": tuple(row["scanners"]),
            "hidden": tuple(Path(path) for path in row["hidden"]),
        }
    )


def listing_to_json(listing: Listing) -> dict[str, Any]:
    """Return a list of files, and one of links, as rows of path, object and size."""
    return {
        "files": [[blob.path, blob.oid, blob.size] for blob in listing.files.values()],
        "others": listing.others,
        "links": [[blob.path, blob.oid, blob.size] for blob in listing.links.values()],
    }


def listing_from_json(row: Mapping[str, Any]) -> Listing:
    """Return the list of files that `listing_to_json` wrote."""
    files, links = ({path: Blob(path, oid, size) for path, oid, size in rows} for rows in (row["files"], row["links"]))
    return Listing(files, dict(row["others"]), sum(blob.size for blob in files.values()), links)


def specification_to_json(specification: Specification | None) -> dict[str, Any] | None:
    """Return a specification as an object, or None."""
    return None if specification is None else asdict(specification)


def specification_from_json(row: Mapping[str, Any] | None) -> Specification | None:
    """Return the specification that `specification_to_json` wrote."""
    if row is None:
        return None
    return Specification(tuple(row["configurations"]), row["global_configuration"], row["api_client"])


def result_to_json(result: CheckResult) -> dict[str, Any]:
    """Return a check's result with its findings."""
    return asdict(result)


def result_from_json(row: Mapping[str, Any]) -> CheckResult:
    """Return the result that `result_to_json` wrote; raises ValueError, KeyError or TypeError for anything else."""
    findings = tuple(
        Finding(**{**finding, "severity": Severity(finding["severity"])}) for finding in list(row["findings"])
    )
    return CheckResult(
        **{**row, "level": Level(row["level"]), "outcome": Outcome(row["outcome"]), "findings": findings}
    )
