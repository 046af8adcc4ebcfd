"""Known vulnerabilities of packages: from an OSV service, or from a folder with OSV files for closed networks.

Source: the OSV schema (records, `affected`, ranges) and the OSV API, version 1 (`querybatch`, `vulns`).
"""

from __future__ import annotations

import json
import math
import re
import time
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urlsplit

from validator.packages import versions
from validator.packages.package import Package, python_name
from validator.results import Ask

if TYPE_CHECKING:
    # Importing it takes a seventh of the engine's start-up time, and only `Api` needs it: it is imported there.
    import httpx

BATCH = 1_000
"""How many packages one query may contain."""

MAX_ASKED = 100_000
"""How many packages a process without a network may ask about at once."""

MAX_PAGES = 50
MAX_ANSWER = 32_000_000
REQUEST_SECONDS = 15.0
ATTEMPTS = 3

Record = Mapping[str, Any]


class AdvisoriesError(Exception):
    """The source of advisories failed; the text is one sentence for the report."""


class Cache(Protocol):
    """Stores records by id and time of their last change, so that each is fetched once."""

    def get(self, identifier: str, modified: str) -> Record | None: ...
    def put(self, identifier: str, modified: str, record: Record) -> None: ...


@dataclass
class MemoryCache:
    """A cache for as long as the object lives."""

    rows: dict[tuple[str, str], Record] = field(default_factory=dict)

    def get(self, identifier: str, modified: str) -> Record | None:
        """Return a record, or None."""
        return self.rows.get((identifier, modified))

    def put(self, identifier: str, modified: str, record: Record) -> None:
        """Store a record."""
        self.rows[identifier, modified] = record


@dataclass(frozen=True)
class Advisory:
    """One vulnerability of one package at one version.

    `severity` is critical, high, moderate, low or unknown; `fixed` is the lowest version without it, if known.
    """

    id: str
    aliases: tuple[str, ...]
    summary: str
    severity: str
    fixed: str | None
    malicious: bool


class Source(Protocol):
    """Where advisories come from; `name` is shown in the report."""

    name: str

    def find(self, packages: Sequence[Package], *, deadline: float) -> Mapping[Package, Sequence[Advisory]]: ...


# ---------------------------------------------------------------- records


def judge(record: Record, package: Package, *, trusted: bool = False) -> Advisory | None:
    """Return the advisory of a record for a package, or None when the record does not affect it.

    `trusted` says that the source has already matched the version, so that the record counts even where its ranges
    cannot be evaluated here.
    """
    if record.get("withdrawn"):
        return None
    affected = [row for row in _rows(record.get("affected")) if _same(row.get("package"), package)]
    hits = [row for row in affected if _concerns(row, package)]
    if not hits and not (trusted and affected):
        return None
    identifier = str(record.get("id", ""))[:100]
    return Advisory(
        id=identifier,
        aliases=tuple(sorted({str(alias)[:100] for alias in record.get("aliases") or () if isinstance(alias, str)})),
        summary=str(record.get("summary") or record.get("details") or "").strip().partition("\n")[0][:300],
        severity=_severity(record, hits or affected),
        fixed=_fixed(hits, package),
        malicious=identifier.startswith("MAL-"),
    )


def _rows(value: Any) -> list[Record]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _name(ecosystem: str, name: str) -> str:
    if ecosystem == "PyPI":
        return python_name(name)
    return name.lower() if ecosystem == "Packagist" else name


def _same(named: Any, package: Package) -> bool:
    if not isinstance(named, dict):
        return False
    # An ecosystem may carry a suffix after a colon, as in `Maven:https://...`.
    ecosystem = str(named.get("ecosystem", "")).partition(":")[0]
    return ecosystem == package.ecosystem and _name(ecosystem, str(named.get("name", ""))) == package.name


def _concerns(affected: Record, package: Package) -> bool:
    listed = affected.get("versions")
    if isinstance(listed, list) and package.version in listed:
        return True
    return any(_holds(row, package) for row in _rows(affected.get("ranges")))


def _events(row: Record) -> list[Mapping[str, str]]:
    return _rows(row.get("events")) if row.get("type") in ("SEMVER", "ECOSYSTEM") else []


def _holds(row: Record, package: Package) -> bool:
    try:
        return versions.holds(package.ecosystem, package.version, _events(row))
    except versions.VersionError:
        return False


def _fixed(hits: Iterable[Record], package: Package) -> str | None:
    for hit in hits:
        for row in _rows(hit.get("ranges")):
            if _holds(row, package):
                found = versions.fixed_after(package.ecosystem, package.version, _events(row))
                if found:
                    return found[:80]
    return None


_WORDS = {"critical": "critical", "high": "high", "moderate": "moderate", "medium": "moderate", "low": "low"}
RANKS = ("unknown", "low", "moderate", "high", "critical")


def _severity(record: Record, affected: Iterable[Record]) -> str:
    """Return the database's own severity, else that of the CVSS 3 base score, else unknown."""
    if str(record.get("id", "")).startswith("MAL-"):
        return "critical"
    places = [record, *affected]
    for place in places:
        specific = place.get("database_specific")
        word = _WORDS.get(str(specific.get("severity", "")).lower()) if isinstance(specific, dict) else None
        if word:
            return word
    scores = [
        score
        for place in places
        for row in _rows(place.get("severity"))
        if row.get("type") == "CVSS_V3" and (score := cvss3(str(row.get("score", "")))) is not None
    ]
    if not scores:
        return "unknown"
    top = max(scores)
    return "critical" if top >= 9 else "high" if top >= 7 else "moderate" if top >= 4 else "low"


_CVSS = {
    "AV": {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2},
    "AC": {"L": 0.77, "H": 0.44},
    "UI": {"N": 0.85, "R": 0.62},
    "C": {"H": 0.56, "L": 0.22, "N": 0.0},
    "I": {"H": 0.56, "L": 0.22, "N": 0.0},
    "A": {"H": 0.56, "L": 0.22, "N": 0.0},
}
_PRIVILEGES = {"U": {"N": 0.85, "L": 0.62, "H": 0.27}, "C": {"N": 0.85, "L": 0.68, "H": 0.5}}


def cvss3(vector: str) -> float | None:
    """Return the base score of a CVSS 3.0 or 3.1 vector (first.org, CVSS 3.1 specification, section 7.1), or None."""
    fields = dict(part.split(":", 1) for part in vector.split("/") if ":" in part)
    try:
        value = {name: table[fields[name]] for name, table in _CVSS.items()}
        scope = fields["S"]
        privileges = _PRIVILEGES[scope][fields["PR"]]
    except KeyError:
        return None
    impact_base = 1 - (1 - value["C"]) * (1 - value["I"]) * (1 - value["A"])
    changed = 7.52 * (impact_base - 0.029) - 3.25 * (impact_base - 0.02) ** 15
    impact = 6.42 * impact_base if scope == "U" else changed
    if impact <= 0:
        return 0.0
    exploitability = 8.22 * value["AV"] * value["AC"] * privileges * value["UI"]
    total = min(10.0, (impact + exploitability) * (1.08 if scope == "C" else 1.0))
    # Appendix A requires rounding up with integers, because floats would round some values up twice.
    whole = round(total * 100_000)
    return whole / 100_000 if whole % 10_000 == 0 else (math.floor(whole / 10_000) + 1) / 10


def merged(found: Iterable[Advisory]) -> tuple[Advisory, ...]:
    """Return one advisory for each vulnerability: databases list the same one under several ids."""
    groups: list[list[Advisory]] = []
    for advisory in found:
        names = {advisory.id, *advisory.aliases}
        same = [group for group in groups if any(names & {other.id, *other.aliases} for other in group)]
        groups = [group for group in groups if group not in same]
        groups.append([advisory, *(other for group in same for other in group)])
    return tuple(sorted((_one(group) for group in groups), key=lambda advisory: advisory.id))


def _one(group: Sequence[Advisory]) -> Advisory:
    # GHSA records are reviewed and have a severity; among equals the id decides, so that the choice is stable.
    best = min(group, key=lambda row: (not row.id.startswith("GHSA-"), row.id))
    names = {name for row in group for name in (row.id, *row.aliases)} - {best.id}
    return Advisory(
        id=best.id,
        aliases=tuple(sorted(names)),
        summary=best.summary or next((row.summary for row in group if row.summary), ""),
        severity=max((row.severity for row in group), key=RANKS.index),
        fixed=best.fixed or next((row.fixed for row in group if row.fixed), None),
        malicious=any(row.malicious for row in group),
    )


# ---------------------------------------------------------------- the OSV service


class Api:
    """An OSV service: queries in batches of a thousand, then fetches each record once."""

    def __init__(self, url: str, *, cache: Cache | None = None, transport: httpx.BaseTransport | None = None) -> None:
        self.url = url.rstrip("/")
        self.name = f"OSV at {urlsplit(self.url).hostname or ''}"
        self.cache = cache or MemoryCache()
        self._transport = transport

    def find(self, packages: Sequence[Package], *, deadline: float) -> Mapping[Package, Sequence[Advisory]]:
        """Return the advisories of each affected package; raises AdvisoriesError when any answer is missing."""
        import httpx  # noqa: PLC0415 - see above.

        wanted = list(dict.fromkeys(packages))
        with httpx.Client(transport=self._transport, follow_redirects=False, timeout=REQUEST_SECONDS) as client:
            hits: dict[Package, dict[str, str]] = defaultdict(dict)
            for start in range(0, len(wanted), BATCH):
                self._query(client, wanted[start : start + BATCH], hits, deadline)
            changed = {identifier: modified for row in hits.values() for identifier, modified in row.items()}
            with ThreadPoolExecutor(max_workers=6) as pool:
                rows = pool.map(lambda row: self._record(client, row[0], row[1], deadline), sorted(changed.items()))
                records = dict(zip(sorted(changed), rows, strict=True))
        return {
            package: merged(
                advisory
                for identifier in sorted(row)
                if (advisory := judge(records[identifier], package, trusted=True)) is not None
            )
            for package, row in hits.items()
        }

    def _query(
        self, client: httpx.Client, batch: Sequence[Package], hits: dict[Package, dict[str, str]], deadline: float
    ) -> None:
        """Query a batch, then the next pages of the packages that have more."""
        waiting = [(package, "") for package in batch]
        for _ in range(MAX_PAGES):
            if not waiting:
                return
            queries = [
                {"package": {"ecosystem": package.ecosystem, "name": package.name}, "version": package.version}
                | ({"page_token": token} if token else {})
                for package, token in waiting
            ]
            answer = self._send(client, "POST", "/v1/querybatch", {"queries": queries}, deadline=deadline)
            results = answer.get("results")
            if not isinstance(results, list) or len(results) != len(waiting):
                raise AdvisoriesError("The advisory service returned the wrong number of results.")
            following = []
            for (package, _), result in zip(waiting, results, strict=True):
                row = result if isinstance(result, dict) else {}
                for vulnerability in _rows(row.get("vulns")):
                    identifier = str(vulnerability.get("id", ""))
                    if not re.fullmatch(r"[A-Za-z0-9._:-]{1,100}", identifier):
                        raise AdvisoriesError("The advisory service returned an invalid id.")
                    hits[package][identifier] = str(vulnerability.get("modified", ""))
                if row.get("next_page_token"):
                    following.append((package, str(row["next_page_token"])))
            waiting = following
        raise AdvisoriesError("The advisory service returned too many pages.")

    def _record(self, client: httpx.Client, identifier: str, modified: str, deadline: float) -> Record:
        record = self.cache.get(identifier, modified)
        if record is None:
            record = self._send(client, "GET", f"/v1/vulns/{quote(identifier, safe='')}", None, deadline=deadline)
            self.cache.put(identifier, modified, record)
        return record

    def _send(
        self, client: httpx.Client, method: str, path: str, content: Mapping[str, Any] | None, *, deadline: float
    ) -> Record:
        """Return the JSON object of an answer; transient faults are retried while there is time."""
        import httpx  # noqa: PLC0415 - see above.

        for attempt in range(ATTEMPTS):
            if time.monotonic() >= deadline:
                raise AdvisoriesError("The advisory service did not answer in time.")
            try:
                return self._once(client, method, path, content)
            except (httpx.TransportError, _BusyError):
                pause = 0.4 * 4**attempt
                if attempt + 1 < ATTEMPTS and time.monotonic() + pause < deadline:
                    time.sleep(pause)
        raise AdvisoriesError("The advisory service could not be reached.")

    def _once(self, client: httpx.Client, method: str, path: str, content: Mapping[str, Any] | None) -> Record:
        with client.stream(method, self.url + path, json=content) as response:
            if response.status_code == HTTPStatus.TOO_MANY_REQUESTS or response.status_code >= 500:
                raise _BusyError
            if response.status_code != HTTPStatus.OK:
                raise AdvisoriesError(f"The advisory service answered with status {response.status_code}.")
            data = bytearray()
            for chunk in response.iter_bytes():
                data += chunk
                if len(data) > MAX_ANSWER:
                    raise AdvisoriesError("The advisory service returned too much data.")
        try:
            answer = json.loads(data)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise AdvisoriesError("The advisory service did not return JSON.")
        return answer


class _BusyError(Exception):
    """The service asks to retry later."""


# ---------------------------------------------------------------- the OSV service, asked for by another process


class Asked:
    """An OSV service that the process above asks: this one has no network.

    The question is an object with `packages`, rows of ecosystem, name and version. The answer has `found`, a list with
    the advisories of each package, or `problem`.
    """

    def __init__(self, ask: Ask, *, url: str) -> None:
        self.name = Api(url).name
        self._ask = ask

    def find(self, packages: Sequence[Package], *, deadline: float) -> Mapping[Package, Sequence[Advisory]]:
        """Return the advisories of each affected package; raises AdvisoriesError when any answer is missing."""
        wanted = list(dict.fromkeys(packages))
        answer = self._ask({"packages": [[row.ecosystem, row.name, row.version] for row in wanted]})
        if answer.get("problem"):
            raise AdvisoriesError(str(answer["problem"]))
        return {
            package: tuple(Advisory(**{**row, "aliases": tuple(row["aliases"])}) for row in rows)
            for package, rows in zip(wanted, answer["found"], strict=True)
            if rows
        }


def answer(question: Mapping[str, Any], *, url: str, deadline: float) -> Mapping[str, Any]:
    """Answer the question of an `Asked` with the service's advisories; raises ValueError for another question."""
    packages = [Package(str(ecosystem), str(name), str(version)) for ecosystem, name, version in question["packages"]]
    if len(packages) > MAX_ASKED:
        return {"problem": "There are too many packages to ask the advisory service about."}
    try:
        known = Api(url).find(packages, deadline=deadline)
    except AdvisoriesError as error:
        return {"problem": str(error)}
    return {"found": [[asdict(advisory) for advisory in known.get(package, ())] for package in packages]}


# ---------------------------------------------------------------- the OSV folder


class Folder:
    """OSV files in a folder: `ECOSYSTEM/*.json`, `ECOSYSTEM/all.zip` or `ECOSYSTEM.zip`, as OSV's own dumps are named.

    `ECOSYSTEM` is npm, PyPI, Maven or Packagist. The files are read one at a time, and only those that name one of the
    packages are parsed, to limit memory use; a dump of npm takes a few seconds.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = "OSV folder"

    def find(self, packages: Sequence[Package], *, deadline: float) -> Mapping[Package, Sequence[Advisory]]:
        """Return the advisories of each affected package.

        Raises AdvisoriesError when the folder has nothing for a requested ecosystem, or a file is broken: otherwise
        missing data would look like safety.
        """
        found: dict[Package, list[Advisory]] = defaultdict(list)
        for ecosystem in sorted({package.ecosystem for package in packages}):
            by_name: dict[str, list[Package]] = defaultdict(list)
            for package in packages:
                if package.ecosystem == ecosystem:
                    by_name[package.name].append(package)
            for record in self._records(ecosystem, by_name.keys(), deadline):
                for name in {
                    _name(ecosystem, str((row.get("package") or {}).get("name")))
                    for row in _rows(record.get("affected"))
                }:
                    for package in dict.fromkeys(by_name.get(name, ())):
                        advisory = judge(record, package)
                        if advisory is not None:
                            found[package].append(advisory)
        return {package: merged(rows) for package, rows in found.items()}

    def _records(self, ecosystem: str, names: Iterable[str], deadline: float) -> Iterator[Record]:
        wanted = frozenset(names)
        seen = False
        for data in self._files(ecosystem):
            seen = True
            if time.monotonic() >= deadline:
                raise AdvisoriesError("The advisory database could not be read in time.")
            if not any(_name(ecosystem, name) in wanted for name in _names_in(data)):
                continue
            try:
                record = json.loads(data)
            except (ValueError, RecursionError):
                raise AdvisoriesError(f"The advisory database has a broken file for {ecosystem}.") from None
            if isinstance(record, dict):
                yield record
        if not seen:
            raise AdvisoriesError(f"The advisory database has no records for {ecosystem}.")

    def _files(self, ecosystem: str) -> Iterator[bytes]:
        folder = self.folder / ecosystem
        try:
            for archive in (self.folder / f"{ecosystem}.zip", *sorted(folder.glob("*.zip"))):
                if archive.is_file():
                    yield from _unpacked(archive)
            for file in sorted(folder.glob("*.json")):
                yield file.read_bytes()
        except (OSError, zipfile.BadZipFile, zlib.error) as error:
            raise AdvisoriesError(f"The advisory database for {ecosystem} cannot be read.") from error


_NAME_FIELD = re.compile(rb'"name"\s*:\s*("(?:[^"\\]|\\.)*")')


def _names_in(data: bytes) -> Iterator[str]:
    """Yield the values of all fields `name`, without parsing the whole record."""
    for hit in _NAME_FIELD.finditer(data):
        try:
            yield json.loads(hit[1])
        except ValueError:
            continue


def _unpacked(archive: Path) -> Iterator[bytes]:
    with zipfile.ZipFile(archive) as content:
        for entry in content.infolist():
            if entry.filename.endswith(".json"):
                yield content.read(entry)
