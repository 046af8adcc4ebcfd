"""Lock files of every format: the packages in them, and content that is none."""

from __future__ import annotations

import json

import pytest

from validator.packages.lockfiles.npm_source import origin
from validator.packages.manifests.requirements import listed
from validator.packages.parsers import LockfileError, Package, parser

NPM_3 = {
    "lockfileVersion": 3,
    "packages": {
        "": {"name": "app", "dependencies": {"lodash": "^4"}},
        "node_modules/lodash": {
            "version": "4.17.20",
            "resolved": "https://registry.example/lodash/-/lodash-4.17.20.tgz",
        },
        "node_modules/a/node_modules/@s/b": {"version": "1.0.0-rc.1", "dev": True},
        "node_modules/alias": {"name": "real", "version": "2.0.0"},
        "node_modules/local": {"resolved": "packages/local", "link": True},
        "packages/local": {"version": "1.0.0"},
        "node_modules/forked": {"version": "1.0.0", "resolved": "git+ssh://git@github.com/a/b.git#1"},
    },
}
NPM_1 = {
    "lockfileVersion": 1,
    "dependencies": {
        "lodash": {"version": "4.17.20", "dev": True, "dependencies": {"inner": {"version": "1.2.3"}}},
        "alias": {"version": "npm:@s/real@2.0.0"},
        "local": {"version": "file:../local"},
    },
}
YARN_1 = """# yarn lockfile v1


"@s/a@^1.0.0", "@s/a@^1.1.0":
  version "1.1.5"
  resolved "https://registry.example/@s/a/-/a-1.1.5.tgz#1"
  dependencies:
    version "^9.9.9"

b@^2.0.0:
  version "2.0.1"
  resolved "git+https://github.com/x/b.git#1"
"""
YARN_BERRY = """__metadata:
  version: 8

"@s/a@npm:^1.0.0":
  version: 1.1.5
  resolution: "@s/a@npm:1.1.5"
  languageName: node

"alias@npm:real@^2.0.0":
  version: 2.0.1
  resolution: "real@npm:2.0.1"

"app@workspace:.":
  version: 0.0.0-use.local
  resolution: "app@workspace:."

"p@patch:p@npm%3A1.0.0#~/p.patch":
  version: 1.0.0
  resolution: "p@patch:p@npm%3A1.0.0#~/p.patch::version=1.0.0&hash=1"
"""
PNPM_9 = """lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      a: {specifier: ^1, version: 1.0.0}
packages:

  '@s/a@1.0.0':
    resolution: {integrity: sha512-x}

  b@2.0.0(@s/a@1.0.0):
    resolution: {integrity: sha512-x}
    dev: true
snapshots:
  c@3.0.0: {}
"""
PNPM_5 = """lockfileVersion: 5.4
packages:
  /@s/a/1.0.0_peer@1:
    resolution: {integrity: x}
    dev: true
  /b/2.0.0:
    resolution: {tarball: http://example.com/b.tgz}
    dev: false
"""
COMPOSER = {
    "packages": [{"name": "Symfony/Http-Kernel", "version": "v5.4.1"}, {"name": "a/b", "version": "dev-main"}],
    "packages-dev": [{"name": "phpunit/phpunit", "version": "9.6.0"}],
}
PIPFILE = {
    "_meta": {},
    "default": {"Django": {"version": "==4.2.0"}, "x": {"git": "https://a"}},
    "develop": {"a.b": {"version": "==1"}},
}
POETRY = """[[package]]
name = "Django"
version = "4.2.0"
category = "main"

[[package]]
name = "pytest_mock"
version = "1.0"
groups = ["dev"]

[[package]]
name = "own"
version = "1.0"
[package.source]
type = "directory"
url = "."
"""
UV = """version = 1
[[package]]
name = "app"
version = "0.1.0"
source = { virtual = "." }
[[package]]
name = "django"
version = "4.2.0"
source = { registry = "https://index.example/simple" }
[[package]]
name = "forked"
version = "1.0"
source = { git = "https://github.com/a/b?rev=1#2" }
"""
REQUIREMENTS = """# comment
Django==4.2.0 \\
    --hash=sha256:1
a.b[extra] == 1.0 ; python_version > "3"
-r other.txt
flask>=2  # newer
thing @ git+https://github.com/a/b
"""
POM = """<?xml version="1.0"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <parent><groupId>g</groupId><artifactId>p</artifactId><version>7</version></parent>
  <properties><spring.version>${base}.1</spring.version><base>5.3</base></properties>
  <dependencyManagement><dependencies>
    <dependency><groupId>m</groupId><artifactId>managed</artifactId><version>2.0</version></dependency>
  </dependencies></dependencyManagement>
  <dependencies>
    <dependency><groupId>org.springframework</groupId><artifactId>spring-web</artifactId><version>${spring.version}</version></dependency>
    <dependency><groupId>m</groupId><artifactId>managed</artifactId></dependency>
    <dependency><groupId>${project.groupId}</groupId><artifactId>sibling</artifactId><version>${project.version}</version></dependency>
    <dependency><groupId>junit</groupId><artifactId>junit</artifactId><version>4.12</version><scope>test</scope></dependency>
    <dependency><groupId>from</groupId><artifactId>bom</artifactId></dependency>
    <dependency><groupId>un</groupId><artifactId>known</artifactId><version>${nowhere}</version></dependency>
  </dependencies>
</project>
"""
GRADLE_LOCK = """# a comment
org.a:b:1.0=compileClasspath,runtimeClasspath
junit:junit:4.12=testCompileClasspath
empty=annotationProcessor
"""
GRADLE = """dependencies {
    implementation 'org.a:b:1.0'
    implementation("org.c:d:2.0-jre")
    testImplementation "junit:junit:4.12"
    implementation "org.e:f:${version}"
    implementation 'org.g:h:1.+'
}"""


BUN = """{
  "lockfileVersion": 1,
  "workspaces": { "": { "name": "app", "dependencies": { "lodash": "4", }, }, }, // a comment
  "packages": {
    "lodash": ["lodash@4.17.20", "", {}, "sha512-x//y"],
    "domino": ["domino@github:a/domino#1", {}, "a-domino-1"],
    "own": ["own@workspace:packages/own"],
  }
}
"""


def found(name: str, content: str | bytes | dict[str, object]) -> list[tuple[str, str, bool, str]]:
    """Parse a file by its name and return (name, version, development, source) of its packages."""
    parse = parser(name)
    assert parse is not None
    text = content if isinstance(content, (str, bytes)) else json.dumps(content)
    data = text if isinstance(text, bytes) else text.encode()
    return [(row.name, row.version, row.development, row.source) for row in parse(data)]


@pytest.mark.parametrize(
    ("name", "content", "packages"),
    [
        (
            "package-lock.json",
            NPM_3,
            [
                ("lodash", "4.17.20", False, ""),
                ("@s/b", "1.0.0-rc.1", True, ""),
                ("real", "2.0.0", False, ""),
                ("forked", "1.0.0", False, "git+ssh://git@github.com/a/b.git#1"),
            ],
        ),
        (
            "npm-shrinkwrap.json",
            NPM_1,
            [("lodash", "4.17.20", True, ""), ("@s/real", "2.0.0", False, ""), ("inner", "1.2.3", False, "")],
        ),
        ("package-lock.json", {"lockfileVersion": 3, "packages": {}}, []),
        (
            "yarn.lock",
            YARN_1,
            [("@s/a", "1.1.5", False, ""), ("b", "2.0.1", False, "git+https://github.com/x/b.git#1")],
        ),
        (
            "yarn.lock",
            YARN_BERRY,
            [("@s/a", "1.1.5", False, ""), ("real", "2.0.1", False, ""), ("p", "1.0.0", False, "")],
        ),
        ("pnpm-lock.yaml", PNPM_9, [("@s/a", "1.0.0", False, ""), ("b", "2.0.0", True, "")]),
        ("pnpm-lock.yaml", PNPM_5, [("@s/a", "1.0.0", True, ""), ("b", "2.0.0", False, "http://example.com/b.tgz")]),
        (
            "composer.lock",
            COMPOSER,
            [
                ("symfony/http-kernel", "5.4.1", False, ""),
                ("a/b", "dev-main", False, ""),
                ("phpunit/phpunit", "9.6.0", True, ""),
            ],
        ),
        (
            "Pipfile.lock",
            PIPFILE,
            [("django", "4.2.0", False, ""), ("x", "", False, "git+https://a"), ("a-b", "1", True, "")],
        ),
        ("poetry.lock", POETRY, [("django", "4.2.0", False, ""), ("pytest-mock", "1.0", True, "")]),
        (
            "uv.lock",
            UV,
            [("django", "4.2.0", False, ""), ("forked", "1.0", False, "git+https://github.com/a/b?rev=1#2")],
        ),
        ("requirements.txt", REQUIREMENTS, [("django", "4.2.0", False, ""), ("a-b", "1.0", False, "")]),
        (
            "pom.xml",
            POM,
            [
                ("org.springframework:spring-web", "5.3.1", False, ""),
                ("m:managed", "2.0", False, ""),
                ("g:sibling", "7", False, ""),
                ("junit:junit", "4.12", True, ""),
                ("from:bom", "", False, ""),
                ("un:known", "", False, ""),
            ],
        ),
        ("gradle.lockfile", GRADLE_LOCK, [("org.a:b", "1.0", False, ""), ("junit:junit", "4.12", True, "")]),
        (
            "build.gradle",
            GRADLE,
            [
                ("org.a:b", "1.0", False, ""),
                ("org.c:d", "2.0-jre", False, ""),
                ("junit:junit", "4.12", True, ""),
                ("org.e:f", "", False, ""),
                ("org.g:h", "", False, ""),
            ],
        ),
        ("bun.lock", BUN, [("lodash", "4.17.20", False, ""), ("domino", "", False, "github:a/domino#1")]),
        (
            "requirements.txt",
            REQUIREMENTS.encode("utf-16"),
            [("django", "4.2.0", False, ""), ("a-b", "1.0", False, "")],
        ),
        ("gradle.lockfile", "\ufefforg.a:b:1.0=runtimeClasspath\r\n", [("org.a:b", "1.0", False, "")]),
    ],
)
def test_packages_of_a_lock_file_are_read(
    name: str, content: str | bytes | dict[str, object], packages: list[tuple[str, str, bool, str]]
) -> None:
    assert found(name, content) == packages


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("package-lock.json", "{"),
        ("package-lock.json", "[]"),
        ("package-lock.json", '{"a": 1}'),
        ("package-lock.json", "[" * 100_000),
        ("yarn.lock", "something else\n"),
        ("pnpm-lock.yaml", "a: 1\n"),
        ("composer.lock", "{}"),
        ("Pipfile.lock", "{}"),
        ("poetry.lock", "not toml"),
        ("pom.xml", "<project>"),
        ("pom.xml", "<html/>"),
        ("pom.xml", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><project>&a;</project>'),
    ],
)
def test_content_of_another_kind_is_an_error(name: str, content: str) -> None:
    with pytest.raises(LockfileError):
        found(name, content)


@pytest.mark.parametrize("name", ["package-lock.json", "yarn.lock", "uv.lock", "requirements.txt", "gradle.lockfile"])
def test_text_that_is_not_utf8_is_an_error(name: str) -> None:
    parse = parser(name)

    assert parse is not None
    with pytest.raises(LockfileError, match="UTF-8"):
        parse(b"\xff\xfe\x00")


@pytest.mark.parametrize("name", ["package.json", "yarn.lock.bak", "my-package-lock.json", "README.md"])
def test_other_files_have_no_parser(name: str) -> None:
    assert parser(name) is None


def test_requirements_without_exact_version_are_told_apart() -> None:
    rows = listed(REQUIREMENTS.encode())

    assert [(row.line, row.name, row.address) for row in rows.requirements if not row.version] == [
        (6, "flask", ""),
        (7, "thing", "git+https://github.com/a/b"),
    ]
    assert rows.includes == [(5, "other.txt")]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Django [argon2] == 3.2 ; python_version > '3'", ("Django", "3.2", "", "")),
        ("a (==1.0)", ("a", "1.0", "", "")),
        ("a>=1,==1.2", ("a", "1.2", "", "")),
        ("a==1.* --hash=sha256:1", ("a", "", "", "")),
        ("git+https://h/a.git@v1#egg=a", ("a", "", "git+https://h/a.git@v1#egg=a", "")),
        ("--editable=git+https://h/b", ("git+https://h/b", "", "git+https://h/b", "")),
        ("./wheels/a-1.whl", ("./wheels/a-1.whl", "", "./wheels/a-1.whl", "")),
        ("-e ../lib[x]", ("../lib[x]", "", "", "../lib")),
    ],
)
def test_a_line_of_requirements_is_understood(line: str, expected: tuple[str, str, str, str]) -> None:
    row = listed(line.encode()).requirements[0]

    assert (row.name, row.version, row.address, row.folder) == expected


@pytest.mark.parametrize("line", ["???", "Django 3.2.0", "[x]"])
def test_a_line_that_is_no_requirement_is_kept_as_unread(line: str) -> None:
    assert listed(line.encode()).unread == [(1, line)]


@pytest.mark.parametrize(
    ("name", "wanted", "resolved", "expected"),
    [
        ("a", "", "https://registry.example/a/-/a-1.0.0.tgz", ("", True)),
        ("@s/a", "", "https://npm.pkg.github.com/download/@s/a/1.0.0/0123", ("", True)),
        ("@s/a", "", "https://h/api/v4/packages/npm/@s/a/-/@s/a-1.0.0.tgz", ("", True)),
        ("a", "^1.0.0", None, ("", True)),
        ("a", "npm:b@1", None, ("", True)),
        ("a", "", "http://registry.example/a/-/a-1.0.0.tgz", ("http://registry.example/a/-/a-1.0.0.tgz", True)),
        ("a", "", "https://registry.example/b/-/b-1.0.0.tgz", ("https://registry.example/b/-/b-1.0.0.tgz", False)),
        ("a", "^1", "https://codeload.github.com/x/a/tar.gz/1", ("https://codeload.github.com/x/a/tar.gz/1", False)),
        (
            "a",
            "",
            "https://gitlab.com/x/a/-/archive/v1/a-v1.tgz",
            ("https://gitlab.com/x/a/-/archive/v1/a-v1.tgz", False),
        ),
        ("a", "", "https://host.example/a.tgz", ("https://host.example/a.tgz", False)),
        ("a", "x/a#1", None, ("x/a#1", False)),
        ("a", "git@github.com:x/a.git", None, ("git@github.com:x/a.git", False)),
        ("a", "", "file:vendor/a.tgz", ("file:vendor/a.tgz", False)),
    ],
)
def test_origin_of_a_javascript_package(
    name: str, wanted: str, resolved: str | None, expected: tuple[str, bool]
) -> None:
    assert origin(name, wanted=wanted, resolved=resolved) == expected


@pytest.mark.parametrize(
    ("package", "purl"),
    [
        (Package("npm", "@s/a", "1"), "pkg:npm/%40s/a"),
        (Package("PyPI", "a-b", "1"), "pkg:pypi/a-b"),
        (Package("Maven", "org.a:b", "1"), "pkg:maven/org.a/b"),
        (Package("Packagist", "a/b", "1"), "pkg:composer/a/b"),
    ],
)
def test_package_url_follows_its_type(package: Package, purl: str) -> None:
    assert package.purl == purl
