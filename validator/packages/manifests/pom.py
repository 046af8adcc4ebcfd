"""pom.xml: the direct dependencies. Maven has no lock file, and only Maven itself can resolve transitive
dependencies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree

from validator.packages.files import Files
from validator.packages.package import Gap, LockfileError, Package, Reading
from validator.source import encoding

MAX_PARENTS = 20
"""How many parents of one project are read."""

MAX_PROFILES = 20
"""How many profiles of a project and its parents are read."""

_PROPERTY = re.compile(r"\$\{([^}]{1,200})\}")
_HARD = re.compile(r"\[\s*([^\[\](),\s]+)\s*\]")


@dataclass(frozen=True)
class Parent:
    """The parent that a project names; `path` points to it, and is empty when only repositories are searched."""

    group: str
    artifact: str
    version: str
    path: str

    def __str__(self) -> str:
        return f"{self.group}:{self.artifact} {self.version}".strip()


@dataclass(frozen=True)
class PomRow:
    """One dependency as it is written, without inherited values."""

    group: str
    artifact: str
    version: str
    scope: str
    path: str


@dataclass(frozen=True)
class Part:
    """What a project or one of its profiles declares."""

    properties: Mapping[str, str]
    managed: Sequence[PomRow]
    rows: Sequence[PomRow]

    @property
    def is_telling(self) -> bool:
        """Return whether it can change dependencies or their versions."""
        return bool(self.properties or self.managed or self.rows)


@dataclass(frozen=True)
class MavenProject:
    """One pom.xml: its coordinates, what it declares itself, and its profiles."""

    group: str
    artifact: str
    version: str
    parent: Parent | None
    own: Part
    profiles: tuple[Part, ...]


@dataclass
class Known:
    """The context for a project's dependencies: properties, managed versions, and what is `outside`."""

    properties: dict[str, str] = field(default_factory=dict)
    versions: dict[tuple[str, str], str] = field(default_factory=dict)
    outside: list[str] = field(default_factory=list)


Imported = Callable[[str, str], Known | None]
"""Return the content of the BOM with this group and artifact, or None when it is not in the repository."""


def parse(data: bytes) -> list[Package]:
    """Return the direct dependencies, with the versions in this one file."""
    project = project_of(data)
    outside = [f"the parent {project.parent}"] if project.parent else []
    return _reading([project], outside, lambda group, artifact: None).packages


def project_of(data: bytes) -> MavenProject:
    """Read a pom.xml; raises LockfileError."""
    content = _without_entities(data)
    try:
        root = ElementTree.fromstring(content)  # noqa: S314
    except (ElementTree.ParseError, ValueError, RecursionError, LookupError):
        raise LockfileError("The file is not valid XML.") from None
    if _plain(root.tag) != "project":
        raise LockfileError("The file is not a Maven project.")
    parent = _parent(_child(root, "parent"))
    return MavenProject(
        group=_text(root, "groupId") or (parent.group if parent else ""),
        artifact=_text(root, "artifactId"),
        version=_text(root, "version") or (parent.version if parent else ""),
        parent=parent,
        own=_part(root),
        profiles=tuple(_part(row) for row in _children(root, "profiles")),
    )


class Projects:
    """All projects of a repository, each read once."""

    def __init__(self, files: Files, tick: Callable[[], None] = lambda: None) -> None:
        """Index the files; `tick` is called from time to time, so that a caller can stop by raising."""
        self._files = files
        self._tick = tick
        self._read: dict[str, MavenProject | LockfileError] = {}
        self._paths: dict[tuple[str, str], str] = {}
        self._lists: dict[tuple[str, str], Known | None] = {}
        for path in files.named("pom.xml"):
            project = self._project(path)
            if isinstance(project, MavenProject):
                self._paths.setdefault((project.group, project.artifact), path)

    def read(self, path: str) -> Reading:
        """Return the direct dependencies of a project and of its profiles, completed from its parents.

        A dependency on another project of the repository is skipped. A parent that is not in the repository is a gap.
        Raises LockfileError when the file cannot be read.
        """
        project = self._project(path)
        if isinstance(project, LockfileError):
            raise project
        line, missing = self._line(path)
        found = _reading(line, [f"the parent {missing}"] if missing else [], self._imported, self._tick)
        own = {f"{group}:{artifact}" for group, artifact in self._paths}
        if missing and len(line) == 1:
            text = f"The parent {missing} is not in the repository; the dependencies that it adds were not compared."
            found.gaps.append(Gap(missing, text))
        return Reading([row for row in found.packages if row.name not in own], found.gaps)

    def _project(self, path: str) -> MavenProject | LockfileError:
        if path not in self._read:
            try:
                self._read[path] = project_of(self._files.read(path))
            except LockfileError as error:
                self._read[path] = error
        return self._read[path]

    def _line(self, path: str) -> tuple[list[MavenProject], str]:
        """Return a project with its parents, the nearest first, and the parent that could not be read, if any."""
        found: list[MavenProject] = []
        seen: set[str] = set()
        current, name = path, ""
        while len(found) < MAX_PARENTS:
            project = self._project(current)
            if isinstance(project, LockfileError):
                return found, name
            seen.add(current)
            found.append(project)
            if project.parent is None:
                return found, ""
            name = str(project.parent)
            following = self._at(current, project.parent)
            if following is None or following in seen:
                return found, name
            current = following
        return found, name

    def _at(self, path: str, parent: Parent) -> str | None:
        """Return the path of a parent: by `relativePath` if that is the right project, else by its name."""
        for target in (parent.path, f"{parent.path}/pom.xml") if parent.path else ():
            found = self._files.at(path, target)
            project = self._project(found) if found else None
            if isinstance(project, MavenProject) and (project.group, project.artifact) == (
                parent.group,
                parent.artifact,
            ):
                return found
        return self._paths.get((parent.group, parent.artifact))

    def _imported(self, group: str, artifact: str) -> Known | None:
        name = (group, artifact)
        if name not in self._lists:
            # A BOM that imports itself gets nothing from itself.
            self._lists[name] = None
            path = self._paths.get(name)
            if path is not None:
                line, missing = self._line(path)
                self._lists[name] = _known(line, [f"the parent {missing}"] if missing else [], self._imported)
        return self._lists[name]


def _reading(
    line: Sequence[MavenProject], outside: list[str], imported: Imported, tick: Callable[[], None] = lambda: None
) -> Reading:
    """Return the dependencies of the first project of a line: its own, and inherited ones that only it resolves.

    A profile may change the version of every dependency, so each is read with every profile. A parent's dependencies
    are read in its own file; only those with another version in this project are added here.
    """
    project, parents = line[0], line[1:]
    inherited = [row for parent in parents for row in parent.own.rows]
    known = _known(line, outside, imported)
    found = list(_packages(project.own.rows, known))
    if inherited:
        found += _packages(_changed(inherited, _known(parents, outside, imported), known), known)
    profiles = [profile for each in line for profile in each.profiles if profile.is_telling]
    for profile in profiles[:MAX_PROFILES]:
        tick()
        within = _known(line, outside, imported, profile)
        is_own = profile in project.profiles
        found += _packages([*_changed(project.own.rows, known, within), *(profile.rows if is_own else ())], within)
        others = inherited if is_own else [*inherited, *profile.rows]
        if others:
            above = _known(parents, outside, imported, None if is_own else profile)
            found += _packages(_changed(others, above, within), within)
    gaps = []
    if len(profiles) > MAX_PROFILES:
        gaps.append(Gap("profiles", f"Only the first {MAX_PROFILES} of {len(profiles)} profiles were read."))
    return Reading(list(dict.fromkeys(found)), gaps)


def _changed(rows: Iterable[PomRow], one: Known, two: Known) -> list[PomRow]:
    return [row for row in rows if _resolved(row, one) != _resolved(row, two)]


def _known(line: Sequence[MavenProject], outside: list[str], imported: Imported, profile: Part | None = None) -> Known:
    """Return what a project inherits and declares, with an optional profile: the nearest declaration wins."""
    known = Known(outside=list(outside))
    for project in reversed(line):
        known.properties |= project.own.properties
    known.properties |= profile.properties if profile else {}
    for name, project in (("project.", line[0]), ("pom.", line[0])):
        known.properties |= {f"{name}groupId": project.group, f"{name}version": project.version}
        if project.parent is not None:
            known.properties[f"{name}parent.version"] = project.parent.version
            known.properties[f"{name}parent.groupId"] = project.parent.group
    for part in (*([profile] if profile else []), *(project.own for project in line)):
        _manage(known, part.managed, imported)
    return known


def _manage(known: Known, rows: Iterable[PomRow], imported: Imported) -> None:
    """Add the versions that a project manages: its own take precedence over imported ones."""
    listing = list(rows)
    for row in listing:
        group, artifact, version = _coordinates(row, known.properties)
        if row.scope != "import":
            known.versions.setdefault((group, artifact), version)
    for row in listing:
        if row.scope != "import":
            continue
        group, artifact, version = _coordinates(row, known.properties)
        listed = imported(group, artifact)
        if listed is None:
            known.outside.append(f"the BOM {group}:{artifact} {version}".strip())
        else:
            known.versions = listed.versions | known.versions
            known.outside += listed.outside


def _packages(rows: Iterable[PomRow], known: Known) -> Iterator[Package]:
    for row in rows:
        group, artifact, version = _resolved(row, known)
        number, note = _exact(version, known.outside)
        source = f"file:{row.path}"[:300] if row.scope == "system" else ""
        yield Package("Maven", f"{group}:{artifact}", number, row.scope == "test", source, not source, note)


def _resolved(row: PomRow, known: Known) -> tuple[str, str, str]:
    """Return the group, artifact and version of a dependency, as far as they are known."""
    group, artifact, version = _coordinates(row, known.properties)
    return group, artifact, version or _filled(known.versions.get((group, artifact), ""), known.properties)


def _exact(version: str, outside: Sequence[str]) -> tuple[str, str]:
    """Return (exact version, reason why there is none)."""
    if not version:
        return "", f"its version comes from {' or '.join(outside[:5])}" if outside else "no version is given"
    if (hard := _HARD.fullmatch(version)) is not None:
        return hard[1], ""
    if "${" in version:
        return "", f"the value of {version[:100]} is not in the repository"
    if version[0] in "[(" or "," in version or version in ("LATEST", "RELEASE"):
        return "", f"{version[:100]} is not an exact version"
    return version, ""


def _coordinates(row: PomRow, properties: Mapping[str, str]) -> tuple[str, str, str]:
    return _filled(row.group, properties), _filled(row.artifact, properties), _filled(row.version, properties)


def _without_entities(data: bytes) -> str | bytes:
    """Return the content for the parser; raises LockfileError for a document type, which could declare entities."""
    plain = encoding.utf8(data)
    if b"\0" in plain[:4]:
        raise LockfileError("The file is not UTF-8 text.")
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise LockfileError("The file declares a document type, which a project file does not need.")
    # Converted text still declares UTF-16, which is no longer true of its bytes.
    return data if plain is data else plain.decode()


def _plain(tag: object) -> str:
    return str(tag).rpartition("}")[2]


def _child(node: ElementTree.Element, name: str) -> ElementTree.Element | None:
    return next((child for child in node if _plain(child.tag) == name), None)


def _children(node: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    holder = _child(node, name)
    return list(holder) if holder is not None else []


def _text(node: ElementTree.Element, name: str) -> str:
    found = _child(node, name)
    return (found.text or "").strip() if found is not None else ""


def _parent(node: ElementTree.Element | None) -> Parent | None:
    if node is None:
        return None
    path = "../pom.xml" if _child(node, "relativePath") is None else _text(node, "relativePath")
    return Parent(_text(node, "groupId"), _text(node, "artifactId"), _text(node, "version"), path)


def _part(node: ElementTree.Element) -> Part:
    management = _child(node, "dependencyManagement")
    return Part(
        properties={_plain(row.tag): (row.text or "").strip() for row in _children(node, "properties")},
        managed=_rows(management) if management is not None else [],
        rows=_rows(node),
    )


def _rows(node: ElementTree.Element) -> list[PomRow]:
    found = []
    for row in _children(node, "dependencies"):
        fields = (_text(row, key) for key in ("groupId", "artifactId", "version", "scope", "systemPath"))
        found.append(PomRow(*fields))
    return found


def _filled(value: str, properties: Mapping[str, str]) -> str:
    # Properties may refer to properties; three rounds are more than anybody uses, and cycles end.
    for _ in range(3):
        if "${" not in value or len(value) > 500:
            break
        value = _PROPERTY.sub(lambda hit: properties.get(hit[1], hit[0])[:500], value)
    return value[:500]
