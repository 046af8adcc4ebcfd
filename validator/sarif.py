"""SARIF 2.1.0 out and in: a report for other tools, and the results of other tools as findings.

Source: OASIS, Static Analysis Results Interchange Format 2.1.0. Section numbers below are of that document.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from validator.findings import MAX_MESSAGE, shown
from validator.knowledge.secret_patterns import mask
from validator.results import (
    NEEDED_TO_CERTIFY,
    CheckResult,
    Finding,
    Outcome,
    Report,
    Rule,
    Severity,
)

MAX_BYTES = 32_000_000
"""The largest SARIF that is read."""

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "connectorCheck/v1"

# Any JSON value; SARIF is read field by field, so no structure is trusted.
Json = Any


class SarifError(ValueError):
    """The text is not valid SARIF; the message says where, and may be shown."""


class ScannerFailedError(SarifError):
    """The SARIF is well-formed and says that its tool failed."""


def write(
    report: Report,
    *,
    rules: Iterable[Rule] = (),
    name: str = "connector-check",
    repository: str = "",
    tag: str = "",
) -> dict[str, Json]:
    """Return the report as one SARIF run.

    `rules` are described whether or not they found something, so that a viewer can see what was checked. A
    check that did not run is a notification (3.20.21), and a required one makes `executionSuccessful` false.
    `repository` is the address as the developer gave it.
    """
    described = {rule.id: _rule(rule) for rule in rules}
    findings = [finding for result in report.results for finding in result.findings]
    for finding in findings:
        described.setdefault(finding.rule, _bare_rule(finding))
    index = {rule: number for number, rule in enumerate(described)}
    run: dict[str, Json] = {
        "tool": {
            "driver": {
                "name": name,
                "rules": list(described.values()),
                "properties": {"rulePack": report.rule_pack, "tools": dict(report.tools)},
            }
        },
        "invocations": [_invocation(report.results)],
        "columnKind": "utf16CodeUnits",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the repository."}}},
        "results": [_result(finding, index=index[finding.rule]) for finding in findings],
        "properties": {
            "passed": report.passed,
            "checks": [
                {
                    "id": result.check,
                    "level": str(result.level),
                    "outcome": str(result.outcome),
                    "seconds": round(result.seconds, 3),
                    "detail": result.detail,
                }
                for result in report.results
            ],
        },
    }
    if repository and report.commit:
        provenance = {"repositoryUri": repository, "revisionId": report.commit}
        run["versionControlProvenance"] = [provenance | ({"revisionTag": tag} if tag else {})]
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> dict[str, Json]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {
            "text": f"{rule.why}\n\nHow to fix: {rule.fix}",
            "markdown": f"{rule.why}\n\n**How to fix:** {rule.fix}",
        },
        "defaultConfiguration": {"level": str(rule.severity)},
    }


def _bare_rule(finding: Finding) -> dict[str, Json]:
    row: dict[str, Json] = {"id": finding.rule, "defaultConfiguration": {"level": str(finding.severity)}}
    return row | ({"help": {"text": finding.fix}} if finding.fix else {})


def _invocation(results: Sequence[CheckResult]) -> dict[str, Json]:
    missed = [result for result in results if result.outcome is Outcome.DID_NOT_RUN]
    row: dict[str, Json] = {"executionSuccessful": all(result.level not in NEEDED_TO_CERTIFY for result in missed)}
    if missed:
        row["toolExecutionNotifications"] = [
            {
                "level": "error" if result.level in NEEDED_TO_CERTIFY else "warning",
                "message": {"text": f"The check {result.check} did not run. {result.detail}".strip()},
                "descriptor": {"id": f"did-not-run/{result.check}"},
            }
            for result in missed
        ]
    return row


def _result(finding: Finding, *, index: int) -> dict[str, Json]:
    properties: dict[str, Json] = {
        key: value
        for key, value in (
            ("application", finding.application),
            ("package", finding.package),
            ("advisory", finding.advisory),
            ("fix", finding.fix),
        )
        if value
    }
    row: dict[str, Json] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": str(finding.severity),
        "message": {"text": finding.message},
        "partialFingerprints": {FINGERPRINT: finding.fingerprint or finding.identity()},
        "properties": properties,
    }
    if finding.path:
        # surrogateescape: a name that is not UTF-8 keeps its bytes in the URI.
        uri = quote(finding.path.encode("utf-8", "surrogateescape"), safe="/")
        place: dict[str, Json] = {"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}}
        if finding.line:
            region: dict[str, Json] = {"startLine": finding.line}
            if finding.column:
                region["startColumn"] = finding.column
            if finding.snippet:
                region["snippet"] = {"text": finding.snippet}
            place["region"] = region
        row["locations"] = [{"physicalLocation": place}]
    return row


def read(data: bytes, *, prefix: str = "", root: Path | None = None) -> tuple[Finding, ...]:
    """Return the results in a SARIF file as findings, without fingerprints.

    Rule ids become `prefix` plus the tool's id. `root` is the folder that the tool was given: absolute paths below it
    become relative ones. Messages and snippets are masked, because a tool may quote a credential. A result that the
    scanned repository suppressed by its own comments (3.27.23) is a finding like any other.

    Raises SarifError for anything malformed, including a path outside the repository; an absent list of results means
    that nothing was scanned and not that nothing was found. Raises ScannerFailedError when an invocation says that it
    failed.
    """
    if len(data) > MAX_BYTES:
        raise SarifError(f"The SARIF has more than {MAX_BYTES // 1_000_000} MB.")
    try:
        log = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise SarifError("The SARIF is not valid JSON in UTF-8.") from None
    log = _mapping(log, "the log")
    if log.get("version") != "2.1.0":
        raise SarifError("The SARIF is not of version 2.1.0.")
    runs = _list(log.get("runs"), "runs")
    if not runs:
        raise SarifError("The SARIF has no run.")
    findings: list[Finding] = []
    for number, run in enumerate(runs):
        findings += _Run(_mapping(run, f"runs[{number}]"), place=f"runs[{number}]", prefix=prefix, root=root).findings()
    return tuple(findings)


def _mapping(value: Json, place: str) -> Mapping[str, Json]:
    if not isinstance(value, dict):
        raise SarifError(f"In the SARIF, {place} is not an object.")
    return value


def _list(value: Json, place: str) -> list[Json]:
    if not isinstance(value, list):
        raise SarifError(f"In the SARIF, {place} is not a list.")
    return value


def _string(value: Json, place: str) -> str:
    if not isinstance(value, str):
        raise SarifError(f"In the SARIF, {place} is not a string.")
    return value


def _number(value: Json, place: str) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise SarifError(f"In the SARIF, {place} is not a whole number.")
    return value or None


class _Run:
    """One run of a SARIF log, read strictly."""

    def __init__(self, run: Mapping[str, Json], *, place: str, prefix: str, root: Path | None) -> None:
        self.run, self.place, self.prefix, self.root = run, place, prefix, root
        driver = _mapping(_mapping(run.get("tool"), f"{place}.tool").get("driver"), f"{place}.tool.driver")
        self.name = _string(driver.get("name"), f"{place}.tool.driver.name")
        self.rules = [
            _mapping(rule, f"{place}.tool.driver.rules") for rule in _list(driver.get("rules", []), f"{place}.rules")
        ]
        self.by_id = {rule.get("id"): rule for rule in self.rules if isinstance(rule.get("id"), str)}
        self.artifacts = _list(run.get("artifacts", []), f"{place}.artifacts")

    def findings(self) -> list[Finding]:
        """Return the findings, after checking that the run reports success."""
        self._succeeded()
        # 3.14.23: null means that the tool failed before it scanned anything.
        results = _list(self.run.get("results"), f"{self.place}.results")
        found = [self._finding(row, place=f"{self.place}.results[{number}]") for number, row in enumerate(results)]
        return [finding for finding in found if finding is not None]

    def _succeeded(self) -> None:
        for row in _list(self.run.get("invocations", []), f"{self.place}.invocations"):
            invocation = _mapping(row, f"{self.place}.invocations")
            if invocation.get("executionSuccessful") is not True:
                raise ScannerFailedError(f"{shown(self.name, limit=80)} says that its run was not successful.")
            for note in _list(invocation.get("toolExecutionNotifications", []), f"{self.place}.notifications"):
                if _mapping(note, f"{self.place}.notifications").get("level") == "error":
                    raise ScannerFailedError(f"{shown(self.name, limit=80)} reports an error of its own.")

    def _finding(self, row: Json, *, place: str) -> Finding | None:
        result = _mapping(row, place)
        kind = result.get("kind", "fail")
        if kind in ("pass", "notApplicable") or result.get("baselineState") == "absent":
            return None
        rule_id, rule = self._rule(result, place)
        path, line, column, snippet = self._location(result, place)
        return Finding(
            rule=shown(f"{self.prefix}{rule_id}", limit=120),
            severity=_severity(result, rule) if kind == "fail" else Severity.NOTE,
            message=mask(self._message(result, rule, place)),
            fix=shown(_text(rule.get("help")) or _text(rule.get("fullDescription")), limit=MAX_MESSAGE),
            path=path,
            line=line,
            column=column,
            snippet=mask(snippet),
        )

    def _rule(self, result: Mapping[str, Json], place: str) -> tuple[str, Mapping[str, Json]]:
        reference = result.get("rule")
        reference = reference if isinstance(reference, dict) else {}
        index = result.get("ruleIndex", reference.get("index", -1))
        known: Mapping[str, Json] = {}
        if isinstance(index, int) and 0 <= index < len(self.rules):
            known = self.rules[index]
        rule_id = result.get("ruleId", reference.get("id", known.get("id")))
        rule_id = _string(rule_id, f"{place}.ruleId")
        return rule_id, known or self.by_id.get(rule_id, {})

    def _message(self, result: Mapping[str, Json], rule: Mapping[str, Json], place: str) -> str:
        message = _mapping(result.get("message"), f"{place}.message")
        text = message.get("text")
        if text is None and isinstance(message.get("id"), str):
            strings = rule.get("messageStrings")
            text = _text((strings if isinstance(strings, dict) else {}).get(message["id"])) or None
        text = _string(text, f"{place}.message.text")
        arguments = message.get("arguments")
        for number, value in enumerate(arguments if isinstance(arguments, list) else []):
            text = text.replace(f"{{{number}}}", str(value)[:500])
        return text

    def _location(self, result: Mapping[str, Json], place: str) -> tuple[str | None, int | None, int | None, str]:
        locations = _list(result.get("locations", []), f"{place}.locations")
        if not locations:
            return None, None, None, ""
        physical = _mapping(locations[0], f"{place}.locations[0]").get("physicalLocation")
        if physical is None:
            return None, None, None, ""
        physical = _mapping(physical, f"{place}.physicalLocation")
        artifact = _mapping(physical.get("artifactLocation", {}), f"{place}.artifactLocation")
        index = artifact.get("index")
        if "uri" not in artifact and isinstance(index, int) and 0 <= index < len(self.artifacts):
            entry = _mapping(self.artifacts[index], f"{self.place}.artifacts[{index}]")
            artifact = _mapping(entry.get("location", {}), f"{self.place}.artifacts[{index}].location")
        path = None
        if "uri" in artifact:
            path = _path(_string(artifact["uri"], f"{place}.uri"), root=self.root, place=place)
        region = _mapping(physical.get("region", {}), f"{place}.region")
        snippet = _text(region.get("snippet"))
        return (
            path,
            _number(region.get("startLine"), f"{place}.startLine"),
            _number(region.get("startColumn"), f"{place}.startColumn"),
            snippet,
        )


def _text(value: Json) -> str:
    text = value.get("text") if isinstance(value, dict) else None
    return text if isinstance(text, str) else ""


def _severity(result: Mapping[str, Json], rule: Mapping[str, Json]) -> Severity:
    """Return the level by 3.27.10: the result's, else the rule's, else warning; `none` is a note."""
    level = result.get("level")
    if level is None:
        configuration = rule.get("defaultConfiguration")
        level = configuration.get("level") if isinstance(configuration, dict) else None
    return {"error": Severity.ERROR, "note": Severity.NOTE, "none": Severity.NOTE}.get(str(level), Severity.WARNING)


def _path(uri: str, *, root: Path | None, place: str) -> str:
    """Return the path inside the repository, or raise SarifError."""
    outside = SarifError(f"In the SARIF, {place} names a file outside the repository.")
    try:
        parts = urlsplit(uri)
    except ValueError:
        raise outside from None
    if parts.scheme not in ("", "file") or parts.netloc not in ("", "localhost"):
        raise outside
    # Some tools write a plain path where a URI is asked for: a name with a question mark stays whole.
    path = unquote(parts.path if parts.scheme else uri).replace("\\", "/")
    if root is not None:
        path = path.removeprefix(root.as_posix().rstrip("/") + "/")
    path = posixpath.normpath(path)
    if path.startswith(("/", "../")) or path == ".." or "\0" in path:
        raise outside
    return path
