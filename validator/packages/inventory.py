"""The packages of a repository by file, and those that cannot be compared with advisories.

Nothing is skipped silently: a package without an exact version, from outside a registry or in a file that cannot be
read is a finding that blocks a certificate.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from validator.findings import in_time
from validator.knowledge.secret_patterns import mask
from validator.packages import coverage, parsers, versions
from validator.packages.files import Files, folder, join
from validator.packages.manifests import gradle_build, manifest, pom, requirements
from validator.packages.manifests.manifest import Manifest, Wanted
from validator.packages.manifests.requirements import Closure, Listed, Requirement
from validator.packages.package import python_name
from validator.packages.parsers import MAX_SCRIPT, Gap, LockfileError, Package, Reading
from validator.results import Application, Finding, Rule, Severity, Tree
from validator.source import links, paths

NO_LOCK = Rule(
    "dependency-lock-missing",
    "Lock file missing",
    Severity.ERROR,
    "Without a lock file, each build may install other versions, so nobody can know what runs or whether it is safe.",
    "Commit your package manager's lock file next to the manifest.",
)
BAD_LOCK = Rule(
    "dependency-lock-invalid",
    "Lock file that cannot be read",
    Severity.ERROR,
    "Packages in an unreadable lock file cannot be checked.",
    "Regenerate the file with the package manager.",
)
NOT_PINNED = Rule(
    "dependency-not-pinned",
    "Dependency without an exact version",
    Severity.ERROR,
    "Each build may install another version, so nobody can know what runs.",
    "Pin it with == or commit a lock file.",
    certification_only=True,
)
SOURCE = Rule(
    "dependency-source",
    "Dependency from an unusual place",
    Severity.ERROR,
    "Advisories do not cover packages from a Git repository or a plain URL, and http traffic can be modified.",
    "Install a published version over https, or tell the reviewer where the package comes from and who updates it.",
    certification_only=True,
)
NOT_COMPARED = Rule(
    "dependency-not-compared",
    "Dependency that was not compared",
    Severity.ERROR,
    "A package cannot be checked when its version is not in the repository, or in a file that cannot be read.",
    "Declare the exact version of the package, or commit a lock file; otherwise tell the reviewer which "
    "version is installed.",
    certification_only=True,
)
LOCK_DIFFERS = Rule(
    "dependency-lock-differs",
    "Lock file out of date",
    Severity.ERROR,
    "A dependency that is missing from the lock file is installed in a version that nobody has checked.",
    "Regenerate the lock file with the package manager, and commit it together with the manifest.",
    certification_only=True,
)
VENDORED = Rule(
    "dependency-vendored",
    "Installed packages in the repository",
    Severity.WARNING,
    "Committed packages miss updates, and nobody reviews their code.",
    "Delete the folder, add it to .gitignore, and let the build install from the lock file.",
)
DIRECT_ONLY = Rule(
    "dependency-direct-only",
    "Only direct dependencies are known",
    Severity.NOTE,
    "Transitive dependencies are resolved at build time and could not be checked.",
    "Commit a gradle.lockfile; Maven has no lock file, so check the full list in your own build.",
)


# Lock files of other languages and package managers, which are not supported here.
_FOREIGN = re.compile(
    r"(bun\.lockb|deno\.(lock|jsonc?)|jsr\.json|bower\.json|shrinkwrap\.yaml|go\.mod|Cargo\.(toml|lock)"
    r"|Gemfile(\.lock)?|gems\.(rb|locked)|packages\.(lock\.json|config)|[\w.-]+\.(cs|fs|vb)proj|Directory\.Packages\.props"
    r"|paket\.(dependencies|lock)|build\.(sbt|sc|mill)|ivy\.xml|deps\.edn|project\.clj|environment\.ya?ml|conda-lock\.yml"
    r"|pixi\.(toml|lock)|mix\.(exs|lock)|rebar\.(config|lock)|pubspec\.(yaml|lock)|Package\.(swift|resolved))"
)
# Installed packages; the wrappers of Gradle and Maven only start the build.
_ARCHIVE = re.compile(r"(?!(gradle|maven)-wrapper\.jar$).+\.(jar|war|ear|aar|whl|egg|phar|nupkg|gem)", re.IGNORECASE)
# Files with these names but without this word contain settings.
_ONLY_WITH = {"environment.": b"dependencies:", "deno.json": b'"imports"', "jsr.json": b'"imports"'}
_MOST_LINES = 200
"""For how many findings of a file the line is looked up."""
RULES = (NO_LOCK, BAD_LOCK, LOCK_DIFFERS, NOT_PINNED, NOT_COMPARED, SOURCE, VENDORED, DIRECT_ONLY)


def is_comparable(package: Package) -> bool:
    """Return whether advisories can cover a package: it is from the registry, at a version valid in its ecosystem."""
    if not package.registry or not package.version:
        return False
    # A branch is not a version: `dev-main`, `1.x-dev`.
    if package.ecosystem != "Maven" and not package.version[0].isdigit():
        return False
    if package.ecosystem == "Packagist" and package.version.endswith("-dev"):
        return False
    try:
        versions.key(package.ecosystem, package.version)
    except versions.VersionError:
        return False
    return True


class Inventory:
    """Reads every lock file and manifest of a tree; `packages` has them by file when `findings` is exhausted."""

    def __init__(self, tree: Tree, applications: Sequence[Application], deadline: float) -> None:
        self.packages: dict[str, list[Package]] = {}
        self._applications = applications
        self._deadline = deadline
        self._tree = tree
        self._read: frozenset[str] = frozenset()
        self._files = Files(tree)
        self._coverage = coverage.Coverage(self._files)
        self._locks: dict[str, list[Package] | LockfileError] = {}
        self._versions: dict[str, dict[str, set[str]]] = {}
        self._closures: dict[str, Closure] = {}
        self._projects: pom.Projects | None = None
        self._builds = gradle_build.Builds(self._files)

    def findings(self) -> Iterator[Finding]:
        """Yield the problems of the files, and what cannot be compared; raises DidNotRun when time runs out."""
        vendored: set[str] = set()
        wanted = []
        for path in sorted(self._files.paths):
            in_time(self._deadline)
            inside = self._inside(path)
            if paths.is_vendored(inside):
                hit = re.search(r"^(.*?(?:^|/)(?:node_modules|vendor|site-packages))/", inside)
                if hit and not paths.is_test(inside):
                    vendored.add(path[: len(path) - len(inside)] + hit[1])
            elif not paths.is_test(inside) and not paths.is_example(inside):
                wanted.append(path)
        self._read = frozenset(wanted)
        yield from self._requirements([path for path in wanted if requirements.is_requirements(path, self._files)])
        for path in wanted:
            in_time(self._deadline)
            yield from self._file(path)
        for place in sorted(vendored):
            yield VENDORED.finding(
                f"{place}/ contains installed packages.",
                path=f"{place}/",
                application=paths.owner(place + "/", self._applications),
            )

    def _inside(self, path: str) -> str:
        """Return the path inside its application: an application may be named `tests` without being a test."""
        top, _, rest = path.partition("/")
        return rest if rest and any(row.path == top for row in self._applications) else path

    def _is_outside(self, path: str) -> bool:
        """Return whether a file belongs to no application, so that it is not deployed by itself."""
        return bool(self._applications) and paths.owner(path, self._applications) is None

    def _file(self, path: str) -> Iterator[Finding]:
        name = PurePosixPath(path).name
        if name in manifest.NAMES:
            yield from self._manifest(path, name)
        elif name == "pom.xml":
            yield from self._build(path, self._maven)
        elif gradle_build.is_build_file(path):
            yield from self._gradle(path)
        elif requirements.is_requirements(path, self._files):
            return
        elif parsers.parser(name) is not None:
            yield from self._lock_file(path)
        elif _FOREIGN.fullmatch(name) and not self._is_harmless(path, name):
            soft = self._is_outside(path)
            yield self._finding(NOT_COMPARED, f"{path} has a format that is not supported.", path, softer=soft)
        elif _ARCHIVE.fullmatch(name):
            # A waiver is for this archive, and not for its replacement.
            digest = hashlib.sha256(self._tree.read(path)).hexdigest()
            message = f"{path} is an archive of packaged code and was not opened."
            soft = self._is_outside(path)
            yield self._finding(NOT_COMPARED, message, path, snippet=f"SHA-256 {digest}", softer=soft)

    def _is_harmless(self, path: str, name: str) -> bool:
        """Return whether a file adds no packages: Bun writes two files, and another tool may use the name."""
        if name == coverage.BINARY:
            return any(folder(path) + other in self._files.paths for other in coverage.NODE)
        word = next((word for start, word in _ONLY_WITH.items() if name.startswith(start)), b"")
        return bool(word) and word not in self._tree.read(path, MAX_SCRIPT)

    # ------------------------------------------------------------ lock files

    def _lock(self, path: str) -> list[Package] | LockfileError:
        """Return the packages of a lock file, or the reason why it cannot be read."""
        if path not in self._locks:
            parse = parsers.parser(PurePosixPath(path).name)
            try:
                self._locks[path] = parse(self._files.lock(path)) if parse else []
            except LockfileError as error:
                self._locks[path] = error
        return self._locks[path]

    def _lock_file(self, path: str) -> Iterator[Finding]:
        found = self._lock(path)
        if isinstance(found, LockfileError):
            yield BAD_LOCK.finding(str(found), path=path, application=paths.owner(path, self._applications))
            return
        self.packages[path] = found
        yield from self._uncompared(found, path)

    def _uncompared(self, packages: Iterable[Package], path: str) -> Iterator[Finding]:
        """Yield a finding for each package that is not from a registry or has no comparable version."""
        data: bytes | None = None
        for number, package in enumerate(dict.fromkeys(packages)):
            if not package.source and is_comparable(package):
                continue
            in_time(self._deadline)
            data = self._files.lock(path) if data is None else data
            line = line_of(data, package) if number < _MOST_LINES or len(data) < 100_000 else None
            if package.source:
                # A package from the registry over http was compared all the same.
                soft = package.registry or package.development
                message = f"{package.name} is installed from {_without_password(package.source)}."
                snippet = f"{package.name} {_without_password(package.source)}"
                yield self._finding(SOURCE, message, path, line=line, snippet=snippet, softer=soft)
                continue
            why = package.note or (
                f"{package.version} is not an exact version" if package.version else "it has no version"
            )
            message = f"{package.name} was not compared with known vulnerabilities: {why}."
            # A waiver is for the version that the reviewer saw, and not for a later one in the same place.
            snippet = f"{package.name}: {why}"
            yield self._finding(NOT_COMPARED, message, path, line=line, snippet=snippet, softer=package.development)

    # ------------------------------------------------------------ manifests

    def _manifest(self, path: str, name: str) -> Iterator[Finding]:
        """Compare a manifest with the lock files that cover it."""
        try:
            found = manifest.parse(name, self._files.read(path))
        except LockfileError as error:
            soft = self._is_outside(path)
            yield self._finding(NOT_COMPARED, f"{path} could not be read: {error}", path, softer=soft)
            return
        python = name not in ("package.json", "composer.json")
        locks, listed = self._listed(path, name)
        broken = any(isinstance(self._lock(lock), LockfileError) for lock in locks)
        if broken or (locks and all(lock.endswith(coverage.BINARY) for lock in locks)):
            # The lock file itself is a finding; its content is unknown.
            return
        exact = not self._coverage.has_overrides(locks)
        missing = [row for row in found.wanted if not _is_listed(row, listed, exact=exact)]
        if missing:
            own = self._coverage.names_without_package(locks)
            missing = [row for row in missing if row.name not in own]
        if any(row.name in listed for row in found.wanted):
            # The lock file belongs to this manifest; development dependencies may have been added later.
            missing = [row for row in missing if not row.development]
        pinned = python and any(requirements.is_requirements(row, self._files) for row in self._files.beside(path))
        if locks or listed or pinned:
            yield from self._differs(missing, path, locks, name)
        elif any(not row.development or not python for row in found.wanted):
            yield from self._no_lock(found, path, name)
        for target in found.files if not locks else ():
            if not any(join(path, target) in closure.files for closure in self._closures.values()):
                found.unread.append(f"Its dependencies are in {target[:100]}.")
        if found.unread and not locks:
            for sentence in dict.fromkeys(found.unread):
                yield self._finding(NOT_COMPARED, f"{path} was not read completely. {sentence}", path)
        told = [row.package() for row in missing if (row.version or row.address) and not (row.development and python)]
        if told:
            self.packages[path] = [package for package in told if is_comparable(package)]
            yield from self._uncompared([package for package in told if package.source], path)

    def _listed(self, path: str, name: str) -> tuple[list[str], dict[str, set[str]]]:
        """Return the lock files of a manifest, and the versions by name in them and in requirements files."""
        python = name not in ("package.json", "composer.json")
        if name == "package.json":
            locks = self._coverage.of_package_json(path)
        elif name == "composer.json":
            locks = [row for row in (f"{folder(path)}composer.lock",) if row in self._files.paths]
        else:
            locks = self._coverage.of_python(path)
        # The versions of the first lock file are not copied: it may have thousands, and many manifests share it.
        listed = self._versions_of(locks[0]) if locks else {}
        if locks[1:] or python:
            listed = {key: set(rows) for key, rows in listed.items()}
        for lock in locks[1:]:
            for key, rows in self._versions_of(lock).items():
                listed.setdefault(key, set()).update(rows)
        for other, closure in self._closures.items() if python else ():
            place = folder(path)
            if requirements.is_development(other) or folder(other) not in (place, f"{place}requirements/"):
                continue
            for _, row in closure.requirements:
                listed.setdefault(python_name(row.name), set()).add(row.version)
        return locks, listed

    def _versions_of(self, lock: str) -> dict[str, set[str]]:
        if lock not in self._versions:
            packages = self._lock(lock)
            found = self._versions.setdefault(lock, {})
            for package in packages if isinstance(packages, list) else ():
                found.setdefault(package.name, set()).add(package.version)
        return self._versions[lock]

    def _differs(self, missing: Sequence[Wanted], path: str, locks: Sequence[str], name: str) -> Iterator[Finding]:
        where = " and ".join(locks) or "the requirements files next to it"
        outside = self._is_outside(path)
        for row in missing:
            asked = f"{row.name} {row.version}".strip()
            yield self._finding(
                LOCK_DIFFERS,
                f"{path} requires {asked}, which {where} {'do' if len(locks) > 1 else 'does'} not contain."
                if locks
                else f"{path} requires {asked}, which {where} do not list.",
                path,
                line=_line_of_name(self._files.read(path), row.name),
                snippet=asked,
                softer=row.development or outside,
            )

    def _no_lock(self, found: Manifest, path: str, name: str) -> Iterator[Finding]:
        application = paths.owner(path, self._applications)
        if name.startswith("setup."):
            names = ", ".join(row.name for row in found.wanted if not row.development)[:500]
            message = f"{path} has dependencies that no lock file pins: {names}."
            yield self._finding(NOT_COMPARED, message, path, softer=self._is_outside(path))
            return
        instead = links.told_instead(self._tree, fits=lambda other: folder(other) == folder(path) and _is_lock(other))
        # Outside an application nothing is deployed.
        yield NO_LOCK.finding(
            f"{path} has dependencies, but there is no lock file. {instead}".strip(),
            path=path,
            application=application,
            severity=Severity.WARNING if application is None else None,
        )

    # ------------------------------------------------------------ builds

    def _maven(self, path: str) -> Reading:
        if self._projects is None:
            self._projects = pom.Projects(self._files, lambda: in_time(self._deadline))
        return self._projects.read(path)

    def _build(self, path: str, read: Callable[[str], Reading]) -> Iterator[Finding]:
        """Read a build file without a lock file."""
        application = paths.owner(path, self._applications)
        try:
            found = read(path)
        except LockfileError as error:
            if gradle_build.is_build_file(path):
                yield self._finding(NOT_COMPARED, f"{path} could not be read: {error}", path)
            else:
                yield BAD_LOCK.finding(str(error), path=path, application=application)
            return
        self.packages[path] = found.packages
        yield from self._uncompared(found.packages, path)
        yield from self._gaps((path, gap) for gap in found.gaps)
        if path.endswith("pom.xml") and found.packages:
            yield DIRECT_ONLY.finding(
                "Only the direct dependencies of pom.xml were checked.", path=path, application=application
            )
        elif PurePosixPath(path).name.startswith("build.gradle") and found.packages:
            # Few people know Gradle's lock file.
            yield NO_LOCK.finding(
                f"{path} has dependencies, but there is no lock file.",
                path=path,
                application=application,
                severity=Severity.WARNING,
            )

    def _gradle(self, path: str) -> Iterator[Finding]:
        place = folder(path)
        locks = [name for name in self._files.beside(path) if name == f"{place}gradle.lockfile"]
        older = self._files.beside(f"{place}gradle/dependency-locks/any")
        locks += [name for name in older if name.endswith(".lockfile")]
        if not locks:
            yield from self._build(path, lambda path: self._builds.read(path, read=self._read))
            return
        try:
            found = self._builds.read(path, read=self._read)
        except LockfileError as error:
            yield self._finding(NOT_COMPARED, f"{path} could not be read: {error}", path)
            return
        held = [self._lock(lock) for lock in locks]
        if any(isinstance(rows, LockfileError) for rows in held):
            return
        names = {row.name for rows in held if isinstance(rows, list) for row in rows}
        wanted = [row for row in found.packages if row.registry and re.fullmatch(r"[\w.-]+:[\w.-]+", row.name)]
        missing = [Wanted("Maven", row.name, row.version, development=row.development) for row in wanted]
        yield from self._differs([row for row in missing if row.name not in names], path, locks, "build.gradle")
        yield from self._uncompared([row for row in found.packages if not row.registry], path)

    # ------------------------------------------------------------ requirements

    def _requirements(self, listed: Sequence[str]) -> Iterator[Finding]:
        """Read the top-level requirements files, each with the files that it includes."""
        closures: list[tuple[str, Closure]] = []
        known: dict[str, Listed] = {}
        for path in listed:
            in_time(self._deadline)
            try:
                closures.append((path, requirements.read(path, self._files, known)))
            except LockfileError as error:
                yield BAD_LOCK.finding(str(error), path=path, application=paths.owner(path, self._applications))
        read: set[str] = set()
        # Production requirements come first: files that they include are not for development, whatever their name.
        closures.sort(key=lambda row: (requirements.is_development(row[0]), -len(row[1].files), row[0]))
        for path, closure in closures:
            self._closures[path] = closure
            if path in read:
                continue
            soft = requirements.is_development(path)
            for where, row in closure.requirements:
                if where in read:
                    continue
                if row.version or row.address:
                    self.packages.setdefault(where, []).append(requirements.package(row))
                yield from self._requirement(where, row, softer=soft)
            yield from self._gaps(((where, gap) for where, gap in closure.gaps if where not in read), softer=soft)
            read |= closure.files

    def _requirement(self, path: str, row: Requirement, *, softer: bool) -> Iterator[Finding]:
        rule, message, snippet = NOT_COMPARED, "", row.name
        if row.address:
            address = _without_password(row.address)
            rule, message, snippet = SOURCE, f"{row.name} is installed from {address}.", f"{row.name} {address}"
        elif row.folder:
            outside = join(path, row.folder) is None
            message = f"{row.folder} was not compared: it leads out of the repository." if outside else ""
        elif not row.version:
            rule, message = NOT_PINNED, f"{row.name} has no exact version."
        elif not is_comparable(requirements.package(row)):
            message = f"{row.name} was not compared: {row.version} is not a version."
        if message:
            yield self._finding(rule, message, path, line=row.line, snippet=snippet, softer=softer)

    # ------------------------------------------------------------ findings

    def _gaps(self, rows: Iterable[tuple[str, Gap]], *, softer: bool = False) -> Iterator[Finding]:
        for path, gap in dict.fromkeys(rows):
            yield self._finding(NOT_COMPARED, gap.text, path, line=gap.line, snippet=gap.name, softer=softer)

    def _finding(
        self, rule: Rule, message: str, path: str, *, line: int | None = None, snippet: str = "", softer: bool = False
    ) -> Finding:
        """Return a finding; for development dependencies and the repository's own automation it is a warning."""
        return rule.finding(
            message,
            severity=Severity.WARNING if softer or paths.is_tooling(path) else None,
            application=paths.owner(path, self._applications),
            path=path,
            line=line,
            snippet=snippet,
        )


def _is_lock(path: str) -> bool:
    name = PurePosixPath(path).name
    return name != "pom.xml" and not gradle_build.is_build_file(name) and parsers.parser(name) is not None


def _is_listed(row: Wanted, listed: dict[str, set[str]], *, exact: bool) -> bool:
    versions_of = listed.get(row.name)
    if versions_of is None:
        return False
    if row.address or not row.version or not exact or "" in versions_of:
        return True
    return any(_same(row.ecosystem, row.version, other) for other in versions_of)


def _same(ecosystem: str, one: str, two: str) -> bool:
    try:
        return bool(versions.key(ecosystem, one) == versions.key(ecosystem, two))
    except versions.VersionError:
        return one == two


def _line_of_name(data: bytes, name: str) -> int | None:
    hit = re.search(re.escape(name).replace("\\-", "[-_.]").encode(), data, re.IGNORECASE)
    return data.count(b"\n", 0, hit.start()) + 1 if hit else None


def _without_password(address: str) -> str:
    plain = re.sub(r"//[^/@]*@", "//", address)
    whole = mask(plain)
    # A long path can look random where its parts do not.
    return whole if whole == plain else re.sub(r"[^/]+", lambda hit: mask(hit[0]), plain)


def line_of(content: bytes, package: Package) -> int | None:
    """Return the first line of a lock file with the package's name and version, or with its name alone."""
    name = re.escape(package.name.rpartition(":")[2])
    if package.ecosystem == "PyPI":
        # One name has several spellings: the package's is normalized, the file's need not be.
        name = re.sub(r"(?:\\?[-_.])+", "[-_.]+", name)
    case = re.IGNORECASE if package.ecosystem in ("PyPI", "Packagist") else re.NOFLAG
    near = rf"{name}[\"'@:=/ ]{{1,4}}[^\n]{{0,20}}{re.escape(package.version)}"
    for pattern in (near, f'node_modules/{name}"', f'"{name}"', f"{name}@", name):
        if (hit := re.search(pattern.encode(), content, case)) is not None:
            return content.count(b"\n", 0, hit.start()) + 1
    return None
