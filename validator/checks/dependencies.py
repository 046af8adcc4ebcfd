"""The check for packages with known vulnerabilities (SCA)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence

from validator.findings import DidNotRun, conclude, in_time
from validator.packages import advisories
from validator.packages.advisories import AdvisoriesError, Advisory, Source
from validator.packages.inventory import RULES, Inventory, is_comparable, line_of
from validator.packages.parsers import MAX_BYTES, Package
from validator.results import (
    Application,
    CheckContext,
    CheckResult,
    EngineSettings,
    Finding,
    Level,
    Rule,
    Severity,
)
from validator.source import links, paths

_WHY_ADVISORY = "Attackers read published vulnerabilities too, and look for services that have them."
MALICIOUS = Rule(
    "dependency-malicious",
    "Malicious package",
    Severity.ERROR,
    "The package was written or taken over to steal from anyone who installs it.",
    "Remove the package, and rotate every credential on machines where it was installed.",
)
CRITICAL = Rule(
    "dependency-critical",
    "Dependency with a critical vulnerability",
    Severity.ERROR,
    _WHY_ADVISORY,
    "Update the package.",
)
HIGH = Rule(
    "dependency-high",
    "Dependency with a high-severity vulnerability",
    Severity.ERROR,
    _WHY_ADVISORY,
    "Update the package.",
)
MODERATE = Rule(
    "dependency-moderate",
    "Dependency with a moderate-severity vulnerability",
    Severity.WARNING,
    _WHY_ADVISORY,
    "Update the package.",
)
LOW = Rule(
    "dependency-low",
    "Dependency with a low-severity vulnerability",
    Severity.NOTE,
    _WHY_ADVISORY,
    "Update the package.",
)
UNKNOWN = Rule(
    "dependency-unrated",
    "Dependency with an unrated vulnerability",
    Severity.WARNING,
    _WHY_ADVISORY,
    "Read the advisory and update the package.",
)
_BY_SEVERITY = {"critical": CRITICAL, "high": HIGH, "moderate": MODERATE, "low": LOW, "unknown": UNKNOWN}
# Packages that only building and testing need do not run in a customer's project.
_SOFTER = {Severity.ERROR: Severity.WARNING, Severity.WARNING: Severity.NOTE, Severity.NOTE: Severity.NOTE}
NO_SOURCE = (
    "No advisory source is configured, so packages were not compared with known vulnerabilities. "
    "The operator can configure an OSV service or a folder with OSV files."
)


class DependenciesCheck:
    """Compare the packages in lock files with known vulnerabilities.

    What: Every package-lock.json, npm-shrinkwrap.json, yarn.lock, pnpm-lock.yaml, bun.lock, composer.lock, poetry.lock,
    uv.lock, pdm.lock, pylock.toml, Pipfile.lock and gradle.lockfile is read, requirements.txt with the files that it
    includes (`-r`, `-c`), and the direct dependencies of pom.xml and build.gradle: with parents, profiles, BOMs and
    properties in the repository, version catalogs, variables, forced versions and the usual notations. No package
    manager is run and nothing is installed. The packages are compared with the advisories of an OSV service or of an
    offline folder with OSV files. Everything that could not be compared is reported: a package without an exact version
    or with one that is set elsewhere, a package from Git, an archive or an address, packaged code in the repository
    (.jar, .whl), a file that is missing or not understood, and a dependency in a manifest that its lock file does not
    contain. A manifest with dependencies and no lock file next to it or at the root of its workspace, a lock file that
    cannot be read, and committed folders of installed packages are reported too.

    Why: Most of a connector's code comes from packages. Their vulnerabilities are public, and so are the exploits.

    Fix: Update to the version that the finding names. When another package brings the vulnerable one in, update that
    package, or use your package manager's overrides. For packages that were not compared, declare the exact version or
    commit a lock file; where that is impossible, tell the reviewer which version is installed.

    Level: Required. Critical and high are errors, moderate and unrated are warnings, low is a note; one step lower for
    packages that only building and testing need. A package that was not compared blocks a certificate until it can be
    compared or a reviewer waives it; it does not block a private publish. When the source of advisories does not
    answer, the check did not run and the request fails; that is the portal's fault and not the developer's. An
    installation without a source runs the rest of the check and says so; the check is then advisory.
    """

    id = "dependencies"
    title = "Dependencies"
    level = Level.REQUIRED
    certification_only = False
    seconds = 180.0
    rules: tuple[Rule, ...] = (MALICIOUS, CRITICAL, HIGH, MODERATE, LOW, UNKNOWN, *RULES)

    def run(self, context: CheckContext) -> CheckResult:
        """Read the lock files, then query the source of advisories once for all of them."""
        source = sources(context.settings)
        return conclude(
            self,
            self._search(context, source),
            level=None if source else Level.ADVISORY,
            tool=source[0].name if source else "",
        )

    def _search(self, context: CheckContext, source: Sequence[Source]) -> Iterator[Finding]:
        deadline = min(context.deadline, time.monotonic() + self.seconds)
        applications = paths.applications(context.tree, context.specification)
        tree = links.Followed(context.tree)
        read = Inventory(tree, applications, deadline)
        yield from read.findings()
        if not source:
            raise DidNotRun(NO_SOURCE)
        known = _ask(source, [package for rows in read.packages.values() for package in rows], deadline)
        for path, packages in read.packages.items():
            in_time(deadline)
            content = tree.read(path, MAX_BYTES)
            for package in dict.fromkeys(packages):
                for advisory in known.get(package, ()):
                    yield _finding(advisory, package, path=path, content=content, applications=applications)


def sources(settings: EngineSettings) -> tuple[Source, ...]:
    """Return the configured sources of advisories: the service first, then the folder as a fallback."""
    service: tuple[Source, ...] = ()
    if settings.osv_api_url:
        url, ask = settings.osv_api_url, settings.ask
        service = (advisories.Api(url) if ask is None else advisories.Asked(ask, url=url),)
    folder = (advisories.Folder(settings.osv_folder),) if settings.osv_folder else ()
    return (*service, *folder)


def _ask(
    source: Sequence[Source], packages: Sequence[Package], deadline: float
) -> Mapping[Package, Sequence[Advisory]]:
    wanted = list(dict.fromkeys(package for package in packages if is_comparable(package)))
    if not wanted:
        return {}
    problem = ""
    for each in source:
        try:
            return each.find(wanted, deadline=deadline)
        except AdvisoriesError as error:
            problem = str(error)
    raise DidNotRun(problem)


def _finding(
    advisory: Advisory, package: Package, *, path: str, content: bytes, applications: Sequence[Application]
) -> Finding:
    rule = MALICIOUS if advisory.malicious else _BY_SEVERITY[advisory.severity]
    names = ", ".join((advisory.id, *advisory.aliases[:3]))
    if advisory.malicious:
        fix = MALICIOUS.fix
    elif advisory.fixed:
        fix = f"Update {package.name} to {advisory.fixed} or later."
    else:
        fix = (
            f"No fixed version of {package.name} is known: replace it, or explain to the reviewer why it is safe here."
        )
    softer = package.development and not advisory.malicious
    use = " (development only)" if package.development else ""
    return rule.finding(
        f"{package.name} {package.version}{use}: {advisory.summary or 'known vulnerability'} ({names}).",
        severity=_SOFTER[rule.severity] if softer else None,
        fix=fix,
        application=paths.owner(path, applications),
        path=path,
        line=line_of(content, package),
        snippet=f"{package.name} {package.version}",
        package=package.purl,
        advisory=advisory.id,
    )


check = DependenciesCheck()
