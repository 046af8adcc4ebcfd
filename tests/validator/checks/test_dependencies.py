"""Dependencies: vulnerable packages, missing lock files, and what an absent source of advisories means."""

from __future__ import annotations

import json
from pathlib import Path, PurePath
from types import SimpleNamespace
from typing import Any

import pytest

from tests.validator.checks.conftest import POINTER, Run, only, rules
from tests.validator.osv import Service, record, serving
from validator.checks.dependencies import check
from validator.results import CheckContext, CheckResult, EngineSettings, Level, Outcome, Severity
from validator.steps import run_check

MANIFEST = json.dumps({"name": "app", "dependencies": {"left-right": "^1.0.0"}})

WORKSPACE = '{"private": true, "workspaces": ["app"]}'
YARN = '# yarn lockfile v1\n\nleft-right@^1.0.0:\n  version "1.5.0"\n'


def lock(*packages: tuple[str, str], **more: Any) -> str:
    """Return a package-lock.json with these (name, version) packages."""
    rows = {f"node_modules/{name}": {"version": version, **more} for name, version in packages}
    return json.dumps({"lockfileVersion": 3, "packages": rows}, indent=1)


def database(folder: Path, *records: dict[str, Any]) -> EngineSettings:
    """Write an offline database (never empty) and return settings that use it."""
    for row in (*records, record("GHSA-0", "nobody-uses-this")):
        ecosystem = row["affected"][0]["package"]["ecosystem"]
        (folder / "osv" / ecosystem).mkdir(parents=True, exist_ok=True)
        (folder / "osv" / ecosystem / f"{row['id']}.json").write_text(json.dumps(row))
    return EngineSettings(checkout_dir=folder / "work", osv_folder=folder / "osv")


def test_vulnerable_package_fails_and_names_the_fixed_version(run: Run, tmp_path: Path) -> None:
    settings = database(tmp_path, record("GHSA-1", "left-right", fixed="1.5.0", aliases=["CVE-1"]))
    files = {"app/package.json": MANIFEST, "app/package-lock.json": lock(("other", "1.0.0"), ("left-right", "1.2.0"))}

    result = run(check, files, settings=settings, app="service")

    finding = only(result)
    assert (finding.rule, finding.advisory, finding.package) == ("dependency-high", "GHSA-1", "pkg:npm/left-right")
    assert (finding.path, finding.line, finding.application) == ("app/package-lock.json", 7, "app")
    assert finding.fix == "Update left-right to 1.5.0 or later."
    assert "CVE-1" in finding.message
    assert (result.outcome, result.tool) == (Outcome.FAILED, "OSV folder")


@pytest.mark.parametrize(
    ("ecosystem", "name", "path", "content"),
    [
        ("npm", "left-right", "app/package-lock.json", lock(("left-right", "1.2.0"))),
        ("PyPI", "left-right", "app/requirements.txt", "# pinned\nLeft_Right==1.2.0\n"),
        (
            "Maven",
            "g:a",
            "app/pom.xml",
            "<project><properties><v>1.2.0</v></properties><dependencies><dependency>\n"
            "<groupId>g</groupId><artifactId>a</artifactId><version>${v}</version>"
            "</dependency></dependencies></project>",
        ),
        (
            "Packagist",
            "acme/left",
            "app/composer.lock",
            '{"packages": [\n{"name": "Acme/Left", "version": "v1.2.0"}], "packages-dev": []}',
        ),
    ],
)
def test_each_ecosystem_is_matched_with_severity_fixed_version_and_line(
    run: Run, tmp_path: Path, ecosystem: str, name: str, path: str, content: str
) -> None:
    settings = database(tmp_path, record("GHSA-1", name, ecosystem=ecosystem, fixed="1.2.3"))

    result = run(check, {path: content}, settings=settings, app="service")

    finding = next(finding for finding in result.findings if finding.rule == "dependency-high")
    assert (finding.advisory, finding.severity, finding.path) == ("GHSA-1", Severity.ERROR, path)
    assert finding.line == (4 if ecosystem == "npm" else 2)
    assert finding.fix == f"Update {name} to 1.2.3 or later."
    assert result.outcome is Outcome.FAILED


def test_sound_package_passes(run: Run, tmp_path: Path) -> None:
    settings = database(tmp_path, record("GHSA-1", "left-right", fixed="1.5.0"))

    result = run(
        check, {"package.json": MANIFEST, "package-lock.json": lock(("left-right", "1.5.0"))}, settings=settings
    )

    assert (result.findings, result.outcome) == ((), Outcome.PASSED)


@pytest.mark.parametrize(
    ("severity", "development", "shown"),
    [
        ("CRITICAL", False, Severity.ERROR),
        ("HIGH", False, Severity.ERROR),
        ("MODERATE", False, Severity.WARNING),
        ("LOW", False, Severity.NOTE),
        (None, False, Severity.WARNING),
        ("CRITICAL", True, Severity.WARNING),
        ("MODERATE", True, Severity.NOTE),
    ],
)
def test_severity_of_the_advisory_decides(
    run: Run, tmp_path: Path, severity: str | None, development: bool, shown: Severity
) -> None:
    settings = database(tmp_path, record("GHSA-1", "left-right", severity=severity))

    result = run(check, {"package-lock.json": lock(("left-right", "1.0.0"), dev=development)}, settings=settings)

    assert only(result).severity is shown


def test_malicious_package_is_an_error_even_for_development(run: Run, tmp_path: Path) -> None:
    settings = database(tmp_path, record("MAL-2026-1", "left-right", severity=None))

    result = run(check, {"package-lock.json": lock(("left-right", "1.0.0"), dev=True)}, settings=settings)

    assert (only(result).rule, result.outcome) == ("dependency-malicious", Outcome.FAILED)


def test_update_to_another_vulnerable_version_is_the_same_finding(run: Run, tmp_path: Path) -> None:
    settings = database(tmp_path, record("GHSA-1", "left-right"))

    first = run(check, {"package-lock.json": lock(("left-right", "1.0.0"))}, settings=settings)
    second = run(check, {"package-lock.json": lock(("a", "1.0.0"), ("left-right", "1.1.0"))}, settings=settings)

    assert first.findings[0].fingerprint == second.findings[0].fingerprint


def test_no_source_at_all_is_advisory_and_still_tells_about_lock_files(run: Run) -> None:
    result = run(check, {"app/package.json": MANIFEST}, app="service")

    assert (result.outcome, result.level) == (Outcome.DID_NOT_RUN, Level.ADVISORY)
    assert "No advisory source is configured" in result.detail
    assert rules(result) == ["dependency-lock-missing"]


@pytest.mark.parametrize("settings", [{"osv_api_url": "http://127.0.0.1:9"}, {"osv_folder": Path("/nonexistent/osv")}])
def test_source_that_does_not_answer_did_not_run_and_is_required(
    run: Run, tmp_path: Path, settings: dict[str, Any]
) -> None:
    configured = EngineSettings(checkout_dir=tmp_path / "work", **settings)

    result = run(check, {"package-lock.json": lock(("left-right", "1.0.0"))}, settings=configured, seconds=5)

    assert (result.outcome, result.level) == (Outcome.DID_NOT_RUN, Level.REQUIRED)


def test_folder_answers_when_the_service_does_not(run: Run, tmp_path: Path) -> None:
    offline = database(tmp_path, record("GHSA-1", "left-right"))
    settings = EngineSettings(offline.checkout_dir, osv_api_url="http://127.0.0.1:9", osv_folder=offline.osv_folder)

    result = run(check, {"package-lock.json": lock(("left-right", "1.0.0"))}, settings=settings)

    assert rules(result) == ["dependency-high"]


def test_service_is_asked_once_for_all_lock_files(run: Run, tmp_path: Path) -> None:
    files = {f"{name}/package-lock.json": lock(("left-right", "1.0.0"), (name, "1.0.0")) for name in ("one", "two")}

    with serving(Service(record("GHSA-1", "left-right"))) as service:
        settings = EngineSettings(checkout_dir=tmp_path / "work", osv_api_url=service.url)
        result = run(check, files, settings=settings)

    assert service.batches == [3]
    assert [finding.path for finding in result.findings] == ["one/package-lock.json", "two/package-lock.json"]


def test_repository_without_packages_passes_without_asking(run: Run, tmp_path: Path) -> None:
    settings = EngineSettings(checkout_dir=tmp_path / "work", osv_api_url="http://127.0.0.1:9")

    result = run(check, {"service/package.json": '{"name": "service"}', "README.md": "x"}, settings=settings)

    assert (result.outcome, result.findings) == (Outcome.PASSED, ())


@pytest.mark.parametrize(
    "files",
    [
        {"app/package.json": MANIFEST},
        {"app/composer.json": '{"require": {"php": ">=8", "a/b": "^1"}}'},
        {"app/pyproject.toml": '[project]\nname = "x"\ndependencies = ["flask"]\n'},
        {"app/pyproject.toml": '[tool.poetry.dependencies]\npython = "^3"\nflask = "*"\n'},
        {"app/Pipfile": '[packages]\nflask = "*"\n'},
    ],
)
def test_manifest_with_dependencies_and_no_lock_file_fails(run: Run, tmp_path: Path, files: dict[str, str]) -> None:
    result = run(check, files, settings=database(tmp_path), app="service")

    assert (only(result).rule, result.outcome) == ("dependency-lock-missing", Outcome.FAILED)


@pytest.mark.parametrize(
    "files",
    [
        {"app/package.json": MANIFEST, "app/yarn.lock": YARN},
        {"app/package.json": MANIFEST, "package.json": WORKSPACE, "package-lock.json": lock(("left-right", "1.5.0"))},
        {"app/package.json": '{"name": "x"}'},
        {"app/composer.json": '{"require": {"php": ">=8", "ext-json": "*"}}'},
        {"app/pyproject.toml": '[project]\ndependencies = ["flask"]\n', "app/requirements.txt": "Flask==3.0.0"},
        {"app/pyproject.toml": "[tool.ruff]\n"},
        {"app/tests/package.json": MANIFEST, "docs/package.json": MANIFEST},
        {"app/build.gradle": "plugins { id 'java' }"},
    ],
)
def test_manifest_with_lock_file_or_without_dependencies_stays_silent(
    run: Run, tmp_path: Path, files: dict[str, str]
) -> None:
    result = run(check, files, settings=database(tmp_path), app="service")

    assert rules(result) == []


def test_lock_file_missing_outside_of_an_application_is_a_warning(run: Run, tmp_path: Path) -> None:
    result = run(
        check, {"app/index.js": "", "tools/package.json": MANIFEST}, settings=database(tmp_path), app="service"
    )

    assert only(result).severity is Severity.WARNING


def test_lock_file_that_cannot_be_read_fails(run: Run, tmp_path: Path) -> None:
    result = run(check, {"package-lock.json": "{"}, settings=database(tmp_path))

    assert (only(result).rule, result.outcome) == ("dependency-lock-invalid", Outcome.FAILED)


def test_requirements_without_exact_versions_and_from_elsewhere_warn(run: Run, tmp_path: Path) -> None:
    content = "-i http://127.0.0.1/packages\nflask\nb @ git+https://user:word@host.example/b\n./\n-e .\n"
    settings = database(tmp_path, record("GHSA-1", "x", ecosystem="PyPI"))

    result = run(check, {"requirements.txt": content}, settings=settings)

    assert [(row.rule, row.line) for row in result.findings] == [
        ("dependency-not-pinned", 2),
        ("dependency-source", 3),
    ]
    assert not any("word" in row.message for row in result.findings)


def test_committed_packages_warn_once_and_are_not_read(run: Run, tmp_path: Path) -> None:
    files = {f"app/node_modules/p{n}/package.json": MANIFEST for n in range(5)}

    result = run(check, {**files, "app/vendor/a/composer.lock": "{"}, settings=database(tmp_path), app="service")

    assert sorted(finding.path or "" for finding in result.findings) == ["app/node_modules/", "app/vendor/"]


def test_direct_dependencies_of_maven_are_compared_and_the_limit_is_said(run: Run, tmp_path: Path) -> None:
    pom = (
        "<project><dependencies><dependency><groupId>g</groupId><artifactId>a</artifactId>"
        "<version>1.0</version></dependency></dependencies></project>"
    )
    settings = database(tmp_path, record("GHSA-1", "g:a", ecosystem="Maven", fixed="1.1"))

    result = run(check, {"app/pom.xml": pom}, settings=settings)

    assert sorted(rules(result)) == ["dependency-direct-only", "dependency-high"]


def test_lock_file_that_is_a_link_inside_the_repository_is_read(run: Run, tmp_path: Path) -> None:
    settings = database(tmp_path, record("GHSA-1", "left-right", fixed="1.5.0"))
    files = {
        "app/package.json": MANIFEST,
        "app/package-lock.json": PurePath("../locks/app.json"),
        "locks/app.json": lock(("left-right", "1.2.0")),
    }

    finding = only(run(check, files, settings=settings, app="service"))

    assert (finding.rule, finding.path) == ("dependency-high", "app/package-lock.json")


@pytest.mark.parametrize("target", ["../../package-lock.json", "/etc/hostname", "nothing"])
def test_lock_file_that_is_another_link_is_not_called_missing(run: Run, target: str) -> None:
    finding = run(
        check, {"app/package.json": MANIFEST, "app/package-lock.json": PurePath(target)}, app="service"
    ).findings[0]

    assert finding.rule == "dependency-lock-missing"
    assert "app/package-lock.json is a symbolic link to " in finding.message


def test_lock_file_that_is_a_pointer_of_git_lfs_says_so(run: Run) -> None:
    finding = run(check, {"app/package.json": MANIFEST, "app/package-lock.json": POINTER}, app="service").findings[0]

    assert (finding.rule, "Git LFS" in finding.message) == ("dependency-lock-invalid", True)


LOG4J = "org.apache.logging.log4j:log4j-core"
LOG4J_ROW = "<dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-core</artifactId>{}</dependency>"
CATALOG = (
    '[versions]\nlog4j = "2.14.1"\n[libraries]\nlog4j-core = { module = "org.apache.logging.log4j:log4j-core", '
    'version.ref = "log4j" }\n[bundles]\nlogging = ["log4j-core"]\n'
)
GIT = "0123456789012345678901234567890123456789"


def pom(content: str, *, coordinates: str = "<groupId>g</groupId><artifactId>a</artifactId>") -> str:
    """Return a pom.xml; `content` with `{}` for the version of log4j is put inside."""
    return f"<project>{coordinates}<version>1</version>{content}</project>"


def dependencies(version: str = "") -> str:
    """Return the dependencies of a pom.xml: log4j at a version, or without one."""
    return f"<dependencies>{LOG4J_ROW.format(f'<version>{version}</version>' if version else '')}</dependencies>"


def known(folder: Path) -> EngineSettings:
    """Return settings with one advisory in each ecosystem."""
    return database(
        folder,
        record("GHSA-1", "left-right", fixed="9.0.0"),
        record("GHSA-2", "django", ecosystem="PyPI", fixed="4.2.0"),
        record("GHSA-3", LOG4J, ecosystem="Maven", fixed="2.17.1"),
        record("GHSA-4", "acme/left", ecosystem="Packagist", fixed="9.0.0"),
    )


PARENT = "<parent><groupId>g</groupId><artifactId>p</artifactId><version>1</version></parent><artifactId>a</artifactId>"
P = "<groupId>g</groupId><artifactId>p</artifactId>"
BOM = (
    "<dependencyManagement><dependencies><dependency><groupId>g</groupId><artifactId>p</artifactId><version>1</version>"
    "<scope>import</scope></dependency></dependencies></dependencyManagement>"
)
OLD, NEW = "<properties><v>2.14.1</v></properties>", "<properties><v>2.17.1</v></properties>"
MANAGED = f"<dependencyManagement>{dependencies('${v}')}</dependencyManagement><properties><v>2.14.1</v></properties>"


@pytest.mark.parametrize(
    "files",
    [
        {"app/pom.xml": pom(dependencies(), coordinates=PARENT), "pom.xml": pom(MANAGED, coordinates=P)},
        {"app/pom.xml": pom(dependencies("${v}"), coordinates=PARENT), "lib/pom.xml": pom(MANAGED, coordinates=P)},
        {"app/pom.xml": pom(BOM + dependencies()), "bom/pom.xml": pom(MANAGED, coordinates=P)},
        {"app/pom.xml": pom(f"<profiles><profile>{dependencies('2.14.1')}</profile></profiles>")},
        {"app/pom.xml": pom(OLD, coordinates=PARENT), "pom.xml": pom(NEW + dependencies("${v}"), coordinates=P)},
        {"app/pom.xml": pom(NEW + dependencies("${v}") + f"<profiles><profile>{OLD}</profile></profiles>")},
        {"app/pom.xml": pom(dependencies() + NEW + f"<dependencyManagement>{dependencies('${v}')}"
         f"</dependencyManagement><profiles><profile>{OLD}</profile></profiles>")},
        {"app/pom.xml": pom(dependencies("2.17.1").replace("<version>2.17.1</version>", "") + "<profiles><profile>"
         f"<dependencyManagement>{dependencies('2.14.1')}</dependencyManagement></profile></profiles>")},
        {"app/pom.xml": pom(OLD, coordinates=PARENT), "pom.xml": pom(
            NEW + f"<profiles><profile>{dependencies('${v}')}</profile></profiles>", coordinates=P)},
        {"app/pom.xml": pom(dependencies("[2.14.1]"))},
        {"app/pom.xml": pom(dependencies("2.14.1")).encode("utf-16")},
        {"app/build.gradle": f"dependencies {{\n  implementation 'x:y:1', '{LOG4J}:2.14.1'\n}}"},
        {"app/build.gradle": "dependencies { implementation group: 'org.apache.logging.log4j', name: 'log4j-core',\n"
         "  version: v }\next.v = '2.14.1'"},
        {"app/build.gradle.kts": 'dependencies { api("org.apache.logging.log4j", "log4j-core", "2.14.1") }'},
        {"app/build.gradle": f'dependencies {{ implementation "{LOG4J}:${{v}}" }}', "gradle.properties": "v=2.14.1\n"},
        {"app/build.gradle": f"def v = '2.14.1'\ndependencies {{ implementation '{LOG4J}:' + v }}"},
        {"app/build.gradle": f"dependencies {{ constraints {{\n api '{LOG4J}:2.14.1'\n }}\n api '{LOG4J}' }}"},
        {"app/build.gradle": f"dependencies {{\n if (x) {{\n api 'a:b:1'\n }} else {{\n api '{LOG4J}:2.14.1'\n }}\n}}"},
        {"app/build.gradle": f"dependencies {{\n if (x(1)) api 'a:b:1'\n else api '{LOG4J}:2.14.1'\n}}"},
        {"app/build.gradle": f"project.dependencies.add('api', '{LOG4J}:2.14.1')"},
        {"app/build.gradle": f"dependencies {{ api '{LOG4J}:2.17.1' }}\n"
         f"configurations.all {{ resolutionStrategy.force '{LOG4J}:2.14.1' }}"},
        {"app/build.gradle.kts": f'configurations["api"].dependencies.add(dependencies.create("{LOG4J}:2.14.1:all"))'},
        {"app/build.gradle": f"def v = '2.14.1'\ndef more(h) {{ h.add('api', \"{LOG4J}:$v\") }}\nmore(dependencies)"},
        {"app/build.gradle.kts": "dependencies { implementation(libs.log4j.core) }",
         "gradle/libs.versions.toml": CATALOG},
        {"app/build.gradle.kts": "dependencies { implementation(libs.bundles.logging) }",
         "app/gradle/libs.versions.toml": CATALOG},
        {"app/build.gradle": "dependencies { implementation deps.log4j }",
         "build.gradle": f"ext.deps = [\n  log4j: '{LOG4J}:2.14.1'\n]"},
        {"app/build.gradle.kts": "dependencies { implementation(Deps.log4j) }",
         "buildSrc/src/main/kotlin/Deps.kt": f'object Deps {{ const val log4j = "{LOG4J}:2.14.1" }}'},
        {"app/build.gradle": 'apply from: "$rootDir/gradle/deps.gradle"',
         "gradle/deps.gradle": f"dependencies {{ implementation '{LOG4J}:2.14.1' }}"},
        {"app/requirements.txt": "-r requirements/prod.txt\n", "app/requirements/prod.txt": "-rbase.txt\n",
         "app/requirements/base.txt": "Django==3.2\n"},
        {"app/requirements.txt": "--requirement=deps.txt\n", "app/deps.txt": "-r requirements.txt\nDjango==3.2\n"},
        {"app/requirements.txt": "-c constraints.txt\nDjango\n", "app/constraints.txt": "Django==3.2\n"},
        {"app/requirements.txt": "Django==3.2\r\n".encode("utf-16")},
        {"app/requirements.txt": "-e .\n", "app/pyproject.toml": '[project]\ndependencies = ["django==3.2"]\n'},
        {"app/requirements.txt": ".\n", "app/setup.cfg": "[options]\ninstall_requires =\n  Django==3.2\n"},
        {"app/requirements.txt": ".\n",
         "app/setup.py": "from setuptools import setup\nR = ['Django==3.2']\nsetup(install_requires=R)\n"},
        {"app/pylock.toml": '[[packages]]\nname = "django"\nversion = "3.2"\n'},
        {"app/package.json": '{"dependencies": {"left-right": "1.2.0"}}'},
        {"app/bun.lock": '{"lockfileVersion": 1, "packages": {"left-right": ["left-right@1.0.0", "", {},],}}'},
    ],
)  # fmt: skip
def test_versions_that_stand_elsewhere_in_the_repository_are_compared(
    run: Run, tmp_path: Path, files: dict[str, str | bytes]
) -> None:
    result = run(check, files, settings=known(tmp_path), app="service")

    assert "dependency-high" in rules(result)


NOT_COMPARED, DIFFERS, SOURCE = "dependency-not-compared", "dependency-lock-differs", "dependency-source"
SPRING = PARENT.replace("<groupId>g", "<groupId>org.springframework.boot")


@pytest.mark.parametrize(
    ("files", "rule", "words"),
    [
        ({"app/pom.xml": pom(dependencies(), coordinates=SPRING)}, NOT_COMPARED, f"{LOG4J} was not compared"),
        ({"app/pom.xml": pom("", coordinates=SPRING)}, NOT_COMPARED, "org.springframework.boot:p 1 is not in"),
        ({"app/pom.xml": pom(BOM + dependencies())}, NOT_COMPARED, "the BOM g:p 1"),
        ({"app/pom.xml": pom(dependencies("[2.0,2.15)"))}, NOT_COMPARED, "[2.0,2.15) is not an exact version"),
        ({"app/pom.xml": pom(dependencies("${nowhere}"))}, NOT_COMPARED, "${nowhere}"),
        ({"app/build.gradle": f"dependencies {{ api '{LOG4J}:2.+' }}"}, NOT_COMPARED, "2.+ is not an exact version"),
        ({"app/build.gradle": f"dependencies {{ api platform('a:bom:1')\n api '{LOG4J}' }}"}, NOT_COMPARED, "a:bom:1"),
        ({"app/build.gradle": "dependencies { api(libs.nowhere) }"}, NOT_COMPARED, "libs.nowhere"),
        ({"app/build.gradle": "dependencies { api computed('x') }"}, NOT_COMPARED, "computed"),
        ({"app/build.gradle": "apply from: 'https://h.example/x.gradle'"}, NOT_COMPARED, "https://h.example/x.gradle"),
        ({"app/build.gradle": "apply from: '../../x.gradle'"}, NOT_COMPARED, "../../x.gradle"),
        ({"app/build.gradle": "apply from: 'docs/x.gradle'", "app/docs/x.gradle": "dependencies { api 'a:b:1' }"},
         NOT_COMPARED, "docs/x.gradle"),
        ({"app/environment.yml": "dependencies:\n  - django\n"}, NOT_COMPARED, "app/environment.yml"),
        ({"app/build.gradle": "dependencies { api files('libs/a.jar') }"}, SOURCE, "libs/a.jar"),
        ({"app/build.gradle": "dependencies { api 'a:b:1' }", "app/gradle.lockfile": "c:d:1=x\n"}, DIFFERS, "a:b 1"),
        ({"app/requirements.txt": "-r ../../x.txt\n"}, NOT_COMPARED, "../../x.txt"),
        ({"app/requirements.txt": "-r https://h.example/r.txt\n"}, NOT_COMPARED, "it is a URL"),
        ({"app/requirements.txt": "-e ../../lib\n"}, NOT_COMPARED, "../../lib"),
        ({"app/requirements.txt": "Django 3.2\n"}, NOT_COMPARED, "Django 3.2"),
        ({"app/requirements.in": "django\n"}, "dependency-not-pinned", "django"),
        ({"app/setup.py": "setup(install_requires=read())"}, NOT_COMPARED, "computes its dependencies"),
        ({"app/pyproject.toml": "[project"}, NOT_COMPARED, "could not be read"),
        ({"app/bun.lockb": b"\0", "app/package.json": MANIFEST}, NOT_COMPARED, "app/bun.lockb"),
        *(({f"app/{name}": "x"}, NOT_COMPARED, f"app/{name}") for name in (
            "go.mod", "gems.locked", "packages.config", "a.fsproj", "deps.edn", "project.clj", "bower.json",
            "pixi.lock",
        )),
        ({"app/deno.json": '{"imports": {"l": "npm:left-right@1.0.0"}}'}, NOT_COMPARED, "app/deno.json"),
        ({"app/webapp/WEB-INF/lib/a.jar": b"PK", "app/pom.xml": pom("")}, NOT_COMPARED, "a.jar is an archive"),
        ({"app/wheels/a-1.0-py3-none-any.whl": b"PK"}, NOT_COMPARED, "any.whl is an archive"),
        ({"app/build.gradle": "dependencies { api 'a:b:1' }\nconfigurations.all { resolutionStrategy.eachDependency {\n"
          "  if (it.requested.name == 'b') it.useVersion('0.9')\n} }"}, NOT_COMPARED, "A rule of the build"),
        ({"app/build.gradle": "dependencies { api 'a:b:1' }\nconfigurations.all { resolutionStrategy.force(L.b) }"},
         NOT_COMPARED, "A rule of the build"),
        ({"app/build.gradle": f'dependencies {{ api "{LOG4J}:2.17.1" }}\n'
          f'configurations.all {{ resolutionStrategy {{ force "{LOG4J}:$nowhere" }} }}'}, NOT_COMPARED, LOG4J),
        ({"app/package.json": MANIFEST, "app/yarn.lock": ""}, DIFFERS, "left-right"),
        ({"app/package.json": MANIFEST, "app/package-lock.json": lock(("other", "1.0.0"))}, DIFFERS, "left-right"),
        ({"app/package.json": MANIFEST, "app/pnpm-lock.yaml": "lockfileVersion: '9.0'\n"}, DIFFERS, "left-right"),
        ({"app/package.json": '{"dependencies": {"left-right": "9.0.0"}}',
          "app/package-lock.json": lock(("left-right", "9.1.0"))}, DIFFERS, "left-right 9.0.0"),
        ({"app/pyproject.toml": '[project]\ndependencies = ["a"]\n', "app/uv.lock": "version = 1\n"}, DIFFERS, "a"),
        ({"app/pyproject.toml": '[project]\ndependencies = ["a"]\n', "app/requirements-dev.txt": "a==1\n"},
         DIFFERS, "a, which the requirements files next to it do not list"),
        ({"app/Pipfile": '[packages]\na = "*"\n', "app/Pipfile.lock": '{"default": {}}'}, DIFFERS, "a, which"),
        ({"app/composer.json": '{"require": {"a/b": "^1"}}', "app/composer.lock": '{"packages": []}'}, DIFFERS, "a/b"),
        ({"app/composer.lock": '{"packages": [{"name": "a/b", "version": "dev-main"}]}'}, NOT_COMPARED, "dev-main"),
        ({"app/package-lock.json": lock(("a", ""))}, NOT_COMPARED, "it has no version"),
        ({"app/package.json": MANIFEST, "package.json": '{"private": true}', "package-lock.json": lock(("a", "1.0.0"))},
         "dependency-lock-missing", "app/package.json"),
    ],
)  # fmt: skip
def test_what_is_not_compared_is_named(
    run: Run, tmp_path: Path, files: dict[str, str | bytes], rule: str, words: str
) -> None:
    result = run(check, files, settings=known(tmp_path), app="service")

    assert any(finding.rule == rule and words in finding.message for finding in result.findings), result.findings
    assert result.outcome is Outcome.FAILED


@pytest.mark.parametrize(
    "files",
    [
        {"app/pom.xml": pom(OLD, coordinates=PARENT), "pom.xml": pom(NEW + dependencies("2.17.1"), coordinates=P)},
        {"app/pom.xml": pom(NEW + dependencies("${v}") + "<profiles><profile><id>a</id></profile></profiles>")},
        {"app/build.gradle": f"ext.old = '{LOG4J}:2.14.1'\ndependencies {{ api '{LOG4J}:2.17.1' }}"},
        {
            "app/build.gradle": f"dependencies {{ api('{LOG4J}:2.17.1') {{ force = true }} }}\n"
            f"configurations.all {{ resolutionStrategy.force '{LOG4J}:2.17.1' }}"
        },
        {"app/gradle/wrapper/gradle-wrapper.jar": b"PK"},
        {"app/src/test/resources/a.jar": b"PK"},
        {"app/deno.json": '{"fmt": {"lineWidth": 100}}'},
    ],
)
def test_what_is_not_installed_is_neither_compared_nor_named(
    run: Run, tmp_path: Path, files: dict[str, str | bytes]
) -> None:
    result = run(check, files, settings=known(tmp_path), app="service")

    assert result.outcome is Outcome.PASSED, result.findings


def test_profiles_beyond_the_limit_are_named(run: Run, tmp_path: Path) -> None:
    many = "".join(f"<profile><properties><p{n}>1</p{n}></properties></profile>" for n in range(30))

    result = run(check, {"app/pom.xml": pom(f"<profiles>{many}</profiles>")}, settings=known(tmp_path), app="service")

    assert only(result).message == "Only the first 20 of 30 profiles were read."
    assert only(result).rule == NOT_COMPARED


def yarn(header: str, *fields: str) -> str:
    """Return a lock file of Yarn with one package."""
    return f'# yarn lockfile v1\n\n"{header}":\n  version "1.0.0"\n' + "".join(f"  {field}\n" for field in fields)


@pytest.mark.parametrize(
    "files",
    [
        {"package-lock.json": lock(("left-right", "1.0.0"), resolved="git+ssh://git@github.com/x/left-right.git#1")},
        {"package-lock.json": lock(("left-right", "1.0.0"), resolved=f"https://codeload.github.com/x/y/tar.gz/{GIT}")},
        {"package-lock.json": lock(("left-right", "1.0.0"), resolved="https://h.example/left-right.tgz")},
        {"package-lock.json": lock(("left-right", "1.0.0"), resolved="file:vendor/left-right.tgz")},
        {"yarn.lock": yarn("left-right@x/y#1", f'resolved "https://codeload.github.com/x/y/tar.gz/{GIT}"')},
        {"yarn.lock": yarn("left-right@https://h.example/x.git", 'resolution: "left-right@https://h.example/x.git#1"')},
        {"pnpm-lock.yaml": "lockfileVersion: '9.0'\n\npackages:\n\n  left-right@https://codeload.github.com/x/y/tar.gz/1:\n"
         "    resolution: {tarball: https://codeload.github.com/x/y/tar.gz/1}\n    version: 1.0.0\n"},
        {"pnpm-lock.yaml": "lockfileVersion: '6.0'\n\npackages:\n\n  github.com/x/y/1:\n"
         "    resolution: {type: git, repo: https://h, commit: a}\n    name: left-right\n    version: 1.0.0\n"},
        {"bun.lock": '{"lockfileVersion": 1, "packages": {"left-right": ["left-right@github:x/y#1", {}]}}'},
        {"uv.lock": '[[package]]\nname = "django"\nversion = "3.2"\nsource = { url = "https://h.example/d.whl" }\n'},
        {"poetry.lock": '[[package]]\nname = "django"\nversion = "3.2"\n[package.source]\ntype = "url"\nurl = "https://h"\n'},
        {"pdm.lock": '[[package]]\nname = "django"\nversion = "3.2"\ngit = "https://h.example/d"\n'},
        {"pylock.toml": '[[packages]]\nname = "django"\nversion = "3.2"\nvcs = { type = "git", url = "https://h" }\n'},
        {"Pipfile.lock": '{"default": {"django": {"version": "==3.2", "git": "https://h.example/d"}}}'},
        {"requirements.txt": "django @ git+https://h.example/django@3.2\n"},
        {"requirements.txt": "git+https://h.example/django@3.2#egg=django\n"},
        {"composer.lock": '{"packages": [{"name": "acme/left", "version": "1.0.0", "source": {"type": "git", '
         '"url": "https://github.com/fork/left"}}]}'},
        {"pom.xml": pom("<dependencies>" + LOG4J_ROW.format("<version>2.14.1</version><scope>system</scope>")
         + "</dependencies>")},
    ],
)  # fmt: skip
def test_package_from_elsewhere_is_told_and_is_not_the_registrys_package(
    run: Run, tmp_path: Path, files: dict[str, str]
) -> None:
    result = run(check, files, settings=known(tmp_path))

    assert SOURCE in rules(result)
    assert "dependency-high" not in rules(result)


def test_package_of_a_registry_over_http_warns_and_is_compared(run: Run, tmp_path: Path) -> None:
    address = "http://registry.example/left-right/-/left-right-1.0.0.tgz"

    result = run(
        check, {"package-lock.json": lock(("left-right", "1.0.0"), resolved=address)}, settings=known(tmp_path)
    )

    assert [(finding.rule, finding.severity) for finding in result.findings] == [
        ("dependency-high", Severity.ERROR),
        (SOURCE, Severity.WARNING),
    ]


UV = (
    '[[package]]\nname = "app"\nversion = "1"\nsource = { editable = "app" }\n\n[[package]]\nname = "shared"\n'
    'version = "1"\nsource = { editable = "shared" }\n\n[[package]]\nname = "flask"\nversion = "3.0"\n'
)
PNPM = "lockfileVersion: '9.0'\n\nimporters:\n\n  app:\n    x: 1\n\npackages:\n\n  left-right@9.0.0:\n    x: 1\n"


@pytest.mark.parametrize(
    "files",
    [
        {"app/pyproject.toml": '[project]\ndependencies = ["flask", "shared"]\n', "uv.lock": UV},
        {"app/package.json": MANIFEST, "package.json": "{}", "pnpm-lock.yaml": PNPM},
        {"app/package.json": MANIFEST, "pnpm-workspace.yaml": "packages:\n  # all\n  - 'a*'\n",
         "pnpm-lock.yaml": PNPM.replace("  app:", "  b:")},
        {"app/package.json": '{"name": "app", "dependencies": {"shared": "1.0.0"}}',
         "yarn.lock": YARN.replace("1.5.0", "9.5.0"), "libs/s/package.json": '{"name": "shared"}',
         "package.json": '{"workspaces": {"packages": ["app", "libs/*"]}}'},
        {"app/package.json": '{"dependencies": {"s": "workspace:*", "x": "file:../x", "l": "npm:left-right@9.0.0"}}',
         "app/package-lock.json": lock(("left-right", "9.0.0"))},
        {"app/package.json": '{"dependencies": {"left-right": "9"}, "devDependencies": {"new": "1"}}',
         "app/package-lock.json": lock(("left-right", "9.0.0"))},
        {"app/package.json": MANIFEST, "app/bun.lockb": b"\0",
         "app/bun.lock": '{"lockfileVersion": 1, "packages": {"left-right": ["left-right@9.0.0"]}}'},
        {"app/pyproject.toml": '[project]\ndynamic = ["dependencies"]\n[tool.setuptools.dynamic]\n'
         'dependencies = { file = ["requirements.txt"] }\n', "app/requirements.txt": "flask==3.0 --hash=sha256:1\n"},
        {"app/requirements.in": "flask\n", "app/requirements.txt": "flask==3.0 \\\n    --hash=sha256:1\n"},
        {"app/build.gradle": "dependencies { api 'a:b:1'\n api project(':c') }", "app/gradle.lockfile": "a:b:1=x\n"},
        {"app/composer.json": '{"require": {"psr/log-implementation": "*", "a/pack": "^1", "a/log": "^1"}}',
         "app/composer.lock": '{"packages": [{"name": "a/log", "version": "1.0.0", "provide": '
         '{"psr/log-implementation": "1"}}, {"name": "a/pack", "version": "1.0.0", "type": "metapackage"}]}'},
        {"app/environment.yml": "NODE_ENV: production\n"},
        {"app/composer.json": '{"require": {"php": "^8", "acme/left": "^9"}}', "app/composer.lock": '{"packages": ['
         '{"name": "acme/left", "version": "9.0.0", "source": {"type": "git", "url": "https://github.com/acme/left"}, '
         '"notification-url": "https://packagist.org/downloads/"}]}'},
    ],
)  # fmt: skip
def test_what_was_compared_completely_stays_silent(run: Run, tmp_path: Path, files: dict[str, str | bytes]) -> None:
    result = run(check, files, settings=known(tmp_path), app="service")

    assert (result.findings, result.outcome) == ((), Outcome.PASSED)


def test_own_project_of_the_repository_is_no_dependency(run: Run, tmp_path: Path) -> None:
    own = "<dependencies><dependency><groupId>g</groupId><artifactId>p</artifactId></dependency></dependencies>"

    result = run(
        check, {"app/pom.xml": pom(own), "p/pom.xml": pom("", coordinates=P)}, settings=known(tmp_path), app="service"
    )

    assert rules(result) == []


@pytest.mark.parametrize("name", ["e2e", "vendor", "samples"])
def test_application_with_the_name_of_a_folder_for_tests_is_read(run: Run, tmp_path: Path, name: str) -> None:
    files = {f"{name}/package.json": MANIFEST, f"{name}/package-lock.json": lock(("left-right", "1.0.0"))}

    result = run(check, files, settings=known(tmp_path), **{name: "service"})

    assert rules(result) == ["dependency-high"]


def test_package_of_an_optional_one_keeps_its_severity(run: Run, tmp_path: Path) -> None:
    result = run(
        check, {"package-lock.json": lock(("left-right", "1.0.0"), devOptional=True)}, settings=known(tmp_path)
    )

    assert only(result).severity is Severity.ERROR


def test_missing_development_package_of_a_foreign_lock_file_is_a_warning(run: Run, tmp_path: Path) -> None:
    files = {"app/package.json": '{"devDependencies": {"new": "1"}}', "app/package-lock.json": lock(("a", "1.0.0"))}

    result = run(check, files, settings=known(tmp_path), app="service")

    assert (only(result).rule, only(result).severity) == (DIFFERS, Severity.WARNING)


BOMS = {
    f"b{n}/pom.xml": pom(
        "".join(BOM.replace("<artifactId>p<", f"<artifactId>b{m}<") for m in range(n + 1, n + 3)),
        coordinates=f"<groupId>g</groupId><artifactId>b{n}</artifactId>",
    )
    for n in range(60)
}


@pytest.mark.parametrize(
    "files",
    [
        {"app/requirements.txt": "-r a.txt\n", "app/a.txt": "-r requirements.txt\n-c a.txt\nflask\n"},
        {f"app/requirements-{n}.txt": f"-r requirements-{n + 1}.txt\n" for n in range(300)},
        {"app/pom.xml": pom(dependencies("${a}") + "<properties><a>${b}${b}</a><b>${a}${a}</b></properties>")},
        {"app/pom.xml": pom(BOM.replace("<artifactId>p<", "<artifactId>b0<") + dependencies()), **BOMS},
        {"app/build.gradle": "ext { a = '$b$b'; b = '$a$a' }\ndependencies { api \"x:y:$a\" }"},
        {"app/build.gradle": "dependencies " + "{ if " * 5_000},
        {"app/build.gradle": "x" * 400_000},
        {"app/setup.py": "x = " + "(" * 50_000},
        {"app/package.json": MANIFEST, "package-lock.json": lock(),
         "package.json": json.dumps({"workspaces": ["*a" * 60 + "b"] * 600})},
    ],
)  # fmt: skip
def test_circles_and_floods_end_in_findings(run: Run, tmp_path: Path, files: dict[str, str]) -> None:
    result = run(check, files, settings=known(tmp_path), app="service")

    assert result.outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("certification", "packages", "level"),
    [
        (False, [], Level.ADVISORY),
        (True, [], Level.CERTIFY),
        (True, [("left-right", "1.0.0")], Level.REQUIRED),
        (False, [("left-right", "1.0.0")], Level.REQUIRED),
    ],
)
def test_what_was_not_compared_stops_a_certificate_and_never_the_request(
    run: Run,
    tmp_path: Path,
    certification: bool,
    packages: list[tuple[str, str]],
    level: Level,
) -> None:
    def asked(context: CheckContext) -> CheckResult:
        return run_check(check, context, certification=certification)

    files = {"requirements.txt": "flask\n", "package-lock.json": lock(*packages)}

    result = run(SimpleNamespace(run=asked), files, settings=known(tmp_path))

    assert (result.outcome, result.level) == (Outcome.FAILED, level)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            {"requirements.txt": "a @ git+https://h.example/a\n"},
            {"requirements.txt": "a @ git+https://other.example/a\n"},
        ),
        (
            {"package-lock.json": lock(("a", "1.0.0"), resolved="https://h.example/a.tgz")},
            {"package-lock.json": lock(("a", "1.0.0"), resolved="https://other.example/a.tgz")},
        ),
        (
            {"pom.xml": pom(BOM + dependencies())},
            {"pom.xml": pom(BOM.replace("<version>1<", "<version>2<") + dependencies())},
        ),
    ],
)
def test_what_was_waived_for_one_place_is_another_finding_from_another(
    run: Run, tmp_path: Path, before: dict[str, str], after: dict[str, str]
) -> None:
    first = run(check, before, settings=known(tmp_path))
    second = run(check, after, settings=known(tmp_path))

    assert first.findings[0].rule == second.findings[0].rule
    assert first.findings[0].fingerprint != second.findings[0].fingerprint


@pytest.mark.parametrize(
    ("files", "severities"),
    [
        ({"requirements-dev.txt": "pytest\n"}, {"pytest": Severity.WARNING}),
        (
            {"requirements.txt": "-r requirements-dev.txt\n", "requirements-dev.txt": "flask\n"},
            {"flask": Severity.ERROR},
        ),
        (
            {"requirements.txt": "flask\n", "requirements-dev.txt": "-r requirements.txt\n-c pins.txt\npytest\n",
             "pins.txt": "flask==1.0\n"},
            {"flask": Severity.ERROR, "pytest": Severity.WARNING},
        ),
    ],
)  # fmt: skip
def test_requirements_are_for_development_when_production_does_not_include_them(
    run: Run, tmp_path: Path, files: dict[str, str], severities: dict[str, Severity]
) -> None:
    result = run(check, files, settings=known(tmp_path))

    assert {finding.snippet: finding.severity for finding in result.findings} == severities
