"""The check that every application of connect.yaml is there and can be built."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from validator.findings import conclude
from validator.results import (
    Application,
    CheckContext,
    CheckResult,
    Finding,
    Level,
    Outcome,
    Rule,
    Severity,
    Tree,
)
from validator.source import lfs, links, paths

MAX_MANIFEST = 2_000_000

MISSING = Rule(
    "application-folder-missing",
    "Application without a folder",
    Severity.ERROR,
    "An application is built from the folder at the repository's root that has its name; without it nothing runs.",
    "Add the folder, or give the application in connect.yaml the name of its folder.",
)
LINKED = Rule(
    "application-folder-link",
    "Folder that is a symbolic link",
    Severity.WARNING,
    "Where a link leads can change with the machine, and the findings name the files where they really are.",
    "Tell the reviewer which folder you mean, or give the application a folder of its own.",
)
SUBMODULE = Rule(
    "application-folder-submodule",
    "Folder that is a submodule",
    Severity.ERROR,
    "The files of a submodule are in another repository, so nothing of the application is in the commit.",
    "Commit the application's files themselves.",
)
OTHER_NAME = Rule(
    "application-folder-name",
    "Folder with another name",
    Severity.WARNING,
    "The folder was matched only because it is the only one left; with a second one the match would be ambiguous.",
    "Rename the folder or the application in connect.yaml so that the names match.",
)
NO_TOOLCHAIN = Rule(
    "application-toolchain",
    "No known toolchain",
    Severity.ERROR,
    "Applications are built from their manifest; a folder without a known manifest cannot be built.",
    "Add package.json (JavaScript, TypeScript), pyproject.toml or requirements.txt (Python), pom.xml or build.gradle "
    "(Java) or composer.json (PHP) to the application's folder.",
)
MANIFEST = Rule(
    "application-manifest",
    "Manifest that cannot be read",
    Severity.ERROR,
    "A manifest that is not valid stops the build at its first step.",
    "Correct the file; it must be one JSON object.",
)
NO_START = Rule(
    "application-start",
    "No way to start",
    Severity.WARNING,
    "A service, event or job application in JavaScript is started with its start script.",
    'Add "start" to the scripts of package.json.',
)
NOT_MERCHANT_CENTER = Rule(
    "application-merchant-center",
    "Not a Merchant Center customization",
    Severity.ERROR,
    "A custom application or custom view is built and served by the Merchant Center's own application kit.",
    "Add the configuration file (custom-application-config or custom-view-config) and the application kit's packages, "
    "or correct the applicationType in connect.yaml.",
)
UNKNOWN_FOLDER = Rule(
    "application-not-declared",
    "Folder that connect.yaml does not name",
    Severity.NOTE,
    "A root folder with a manifest that connect.yaml does not list is not deployed; often it was forgotten.",
    "Add it to deployAs in connect.yaml if it is an application.",
)

_TOOLCHAINS = {
    "package.json": "Node.js",
    "composer.json": "PHP",
    "pyproject.toml": "Python",
    "requirements.txt": "Python",
    "Pipfile": "Python",
    "setup.py": "Python",
    "pom.xml": "Java",
    "build.gradle": "Java",
    "build.gradle.kts": "Java",
}
_MERCHANT_CENTER = {
    "merchant-center-custom-application": "custom-application-config",
    "merchant-center-custom-view": "custom-view-config",
}
_STATIC = re.compile(r"\.(html?|m?js|css)$", re.IGNORECASE)
_NOT_APPLICATIONS = re.compile(r"^(\.|docs?$|documentation$|scripts?$|tools?$|packages$|libs?$|shared$|common.*)")


class ApplicationsCheck:
    """Look for the folder and the toolchain of each application.

    What: Each application of connect.yaml has a folder of its name at the repository's root, with a manifest of a known
    toolchain: package.json, composer.json, pyproject.toml or requirements.txt, pom.xml or build.gradle. An application
    of type `assets` may also consist of static files. `merchant-center-custom-application` and
    `merchant-center-custom-view` need package.json and their configuration file. A package.json or composer.json has to
    be valid JSON, and a service, event or job in JavaScript needs a start script or an entry file.

    Why: Applications are built from these folders. A folder that is missing or cannot be built fails only after
    certification, in the customer's project.

    Fix: Give the folder the application's name and put the manifest inside the folder, not next to it.

    Level: Required. When exactly one application and one folder with a manifest are left over, they are matched with a
    warning. A folder that is a symbolic link to another folder of the commit is a warning too, one that leads elsewhere
    or is a submodule an error. A manifest that is a link to a file of the commit counts as that file.
    """

    id = "applications"
    title = "Applications"
    level = Level.REQUIRED
    certification_only = False
    seconds = 30.0
    rules: tuple[Rule, ...] = (
        MISSING,
        LINKED,
        SUBMODULE,
        OTHER_NAME,
        NO_TOOLCHAIN,
        MANIFEST,
        NO_START,
        NOT_MERCHANT_CENTER,
        UNKNOWN_FOLDER,
    )

    def run(self, context: CheckContext) -> CheckResult:
        """Compare connect.yaml with the folders of the commit."""
        if context.specification is None:
            detail = "The applications are not known because connect.yaml is not valid."
            return CheckResult(self.id, self.level, Outcome.DID_NOT_RUN, detail=detail)
        return conclude(self, self._search(context))

    def _search(self, context: CheckContext) -> Iterator[Finding]:
        rows = paths.applications(context.tree, context.specification)
        present = paths.folders(context.tree)
        tree = links.Followed(context.tree)
        files = frozenset(tree.paths())
        for row in rows:
            kind = context.tree.kind(row.path)
            if row.path not in present and kind in ("link", "submodule"):
                yield _elsewhere(context.tree, row)
                if (home := links.folder_at(context.tree, row.path)) is not None:
                    yield from _application(tree, replace(row, path=home), files)
                continue
            if row.path not in present:
                yield MISSING.finding(
                    f"connect.yaml names the application {row.name}, but there is no folder {row.path}/ at the root.",
                    application=row.name,
                    path="connect.yaml",
                )
                continue
            if row.path != row.name:
                yield OTHER_NAME.finding(
                    f"The application {row.name} was matched to the folder {row.path}/.",
                    application=row.name,
                    path="connect.yaml",
                )
            yield from _application(tree, row, files)
        named = {row.path for row in rows}
        for folder in sorted(present - named):
            if _NOT_APPLICATIONS.match(folder) or paths.is_test(folder + "/") or paths.is_vendored(folder + "/"):
                continue
            manifest = next((name for name in _TOOLCHAINS if f"{folder}/{name}" in files), None)
            if manifest:
                yield UNKNOWN_FOLDER.finding(
                    f"The folder {folder}/ has a {manifest} but is not an application in connect.yaml.",
                    path=f"{folder}/{manifest}",
                )


def _elsewhere(tree: Tree, row: Application) -> Finding:
    """Return the finding of an application whose folder is a link or a submodule."""
    if tree.kind(row.path) == "submodule":
        return SUBMODULE.finding(links.told_submodule(row.path), application=row.name, path=row.path)
    return LINKED.finding(
        links.told(row.path, links.end_of(tree, row.path)),
        severity=Severity.ERROR if links.folder_at(tree, row.path) is None else None,
        application=row.name,
        path=row.path,
    )


def _application(tree: Tree, row: Application, files: frozenset[str]) -> Iterator[Finding]:
    manifests = [name for name in _TOOLCHAINS if f"{row.path}/{name}" in files]
    package: Mapping[str, Any] | None = None
    for name in ("package.json", "composer.json"):
        if name not in manifests:
            continue
        content = manifest(tree, f"{row.path}/{name}")
        if content is None:
            path = f"{row.path}/{name}"
            message = lfs.told(path) if lfs.is_pointer_at(tree, path) else f"{path} is not a valid JSON object."
            yield MANIFEST.finding(message, application=row.name, path=path)
        elif name == "package.json":
            package = content
    if row.type in _MERCHANT_CENTER:
        yield from _merchant_center(row, package, files)
        return
    inside = paths.inside(tree, row.path)
    if not manifests and not (row.type == "assets" and any(_STATIC.search(path) for path in inside)):
        instead = links.told_instead(tree, fits=lambda path: path.rpartition("/")[0] == row.path and _names(path))
        yield NO_TOOLCHAIN.finding(
            f"The folder {row.path}/ has no manifest of a known toolchain. {instead}".strip(),
            application=row.name,
            path=f"{row.path}/",
        )
    if package is not None and row.type in ("service", "event", "job") and not _starts(row, package, files):
        yield NO_START.finding(
            f"{row.path}/package.json has no start script.", application=row.name, path=f"{row.path}/package.json"
        )


def _names(path: str) -> bool:
    """Return whether a file has the name of a toolchain's manifest."""
    return path.rpartition("/")[2] in _TOOLCHAINS


def _starts(row: Application, package: Mapping[str, Any], files: frozenset[str]) -> bool:
    scripts = package.get("scripts")
    if isinstance(scripts, dict) and isinstance(scripts.get("start"), str):
        return True
    entry = package.get("main")
    names = ["index.js", "server.js", "Procfile"] + ([entry.removeprefix("./")] if isinstance(entry, str) else [])
    return any(f"{row.path}/{name}" in files for name in names)


def _merchant_center(row: Application, package: Mapping[str, Any] | None, files: frozenset[str]) -> Iterator[Finding]:
    stem = _MERCHANT_CENTER[row.type]
    names = (f"{stem}.{end}" for end in ("json", "js", "cjs", "mjs", "ts", "mts", "cts"))
    configured = any(f"{row.path}/{name}" in files for name in names)
    packages: set[str] = set()
    for key in ("dependencies", "devDependencies"):
        value = (package or {}).get(key)
        packages |= set(value) if isinstance(value, dict) else set()
    kit = any(name.startswith("@commercetools-frontend/") for name in packages)
    missing = [
        text
        for text, there in (
            ("package.json", package is not None),
            (f"{stem}.json, .js or .ts", configured),
            ("the packages of the application kit", kit),
        )
        if not there
    ]
    if missing:
        yield NOT_MERCHANT_CENTER.finding(
            f"The folder {row.path}/ is of type {row.type}, but lacks: {'; '.join(missing)}.",
            application=row.name,
            path=f"{row.path}/",
        )


def manifest(tree: Tree, path: str) -> Mapping[str, Any] | None:
    """Return the JSON object in a file, or None when it is too large or not one."""
    if tree.size(path) > MAX_MANIFEST:
        return None
    try:
        content = json.loads(tree.read(path).decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


check = ApplicationsCheck()
