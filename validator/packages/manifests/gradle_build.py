"""Build files of Gradle, in Groovy and Kotlin, read without running them.

A build file is a program, so only the common notations are understood. A dependency in any other notation is kept
without a version, under its own words: nothing is skipped.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from validator.packages.files import Files, above
from validator.packages.lockfiles.gradle_lock import is_development
from validator.packages.lockfiles.parsing import text
from validator.packages.manifests import gradle_catalog
from validator.packages.manifests.gradle_catalog import Catalog
from validator.packages.package import MAX_SCRIPT, Gap, LockfileError, Package, Reading

_STRING = r'"""(?:[^"]|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"|' + r"'(?:[^'\\\n]|\\.)*'"
_TOKEN = re.compile(rf"({_STRING})|//[^\n]*|/\*.*?(?:\*/|$)", re.DOTALL)
_QUOTED = re.compile(_STRING)
_BLOCK = re.compile(r"\bdependencies\s*\{")
# What is declared outside such a block: `dependencies.add("implementation", ...)`.
_CALLED = re.compile(
    r"\bdependencies\s*\.\s*(?:add\s*\(\s*[\"'](?P<added>\w+)[\"']\s*,|(?P<word>api|compile|runtime|implementation|"
    r"\w*(?:Api|Only|Implementation|Classpath|Processor))\s*\()(?P<rest>[^\n]*)"
)
_CONDITION = re.compile(r"\s*\([^()]*(?:\([^()]*\)[^()]*)*\)")
_HEAD = re.compile(r"""[\s}]*(?:add\s*\(\s*(?=["'])|)["']?(?P<word>[A-Za-z_]\w*)["']?(?P<rest>.*)""", re.DOTALL)
# Strings are matched first, so that words inside them stay.
_OWN = re.compile(
    rf"({_STRING})|\bproject\s*\([^()]*\)|\bprojects(?:\.\w+)+|\b(?:gradleApi|localGroovy|gradleTestKit|gradleKotlinDsl)\s*\(\s*\)"
    r"|\bsourceSets\b[\w.\[\]'\"]*|\bconfigurations\b[\w.\[\]'\"]*|\brootProject\b(?:\.\w+)*|\btestFixtures\s*\(\s*\)"
)
_LIST = re.compile(r"\b(?:platform|enforcedPlatform)\s*\(\s*([^()]*)\)|\bmavenBom\s*\(?\s*([^()\n]*)")
_FILES = re.compile(r"\b(?:files|fileTree)\s*(?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\{[^{}]*\})")
_KOTLIN = re.compile(r"""\bkotlin\s*\(\s*["']([\w-]+)["']\s*(?:,\s*["']([^"']+)["']\s*)?\)""")
_FIELD = re.compile(rf"\b(group|name|version|ext|classifier|configuration)\s*[:=]\s*({_STRING}|[\w.]+)")
_JOINED = re.compile(rf"({_STRING})\s*\+\s*([A-Za-z_][\w.]*)")
_CHAIN = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_INDEXED = re.compile(r"""[A-Za-z_][\w.]{0,100}\[\s*["']([\w.-]{1,100})["']\s*\]""")
_STRICT = re.compile(r"""\b(?:strictly|require|prefer)\s*\(?\s*["']([^"']+)["']""")
_VALUE = re.compile(
    r"""(?<![\w.$])(?:[\w.]{1,100}\.|[\w.]{1,100}\[["'])?(?P<name>[A-Za-z_][\w.-]{0,100})["']?\]?\s*(?::\s*[A-Z]\w*\??\s*)?[:=]\s*["'](?P<value>[^"'\n]{0,300})["']"""
)
_SET = re.compile(
    r"""\bset\(\s*["']([\w.-]+)["']\s*,\s*["']([^"'\n]{0,300})["']|\b(\w+)\s+by\s+extra\(\s*["']([^"'\n]{0,300})["']"""
)
_INTERPOLATED = re.compile(r"\$\{([^{}]{1,200})\}|\$([A-Za-z_][\w.]*)")
_CATALOG = re.compile(
    r"(?P<place>(?:[^/]+/)*?)(?:(?:gradle/)?(?P<word>[\w-]+)\.versions\.toml|settings\.gradle(?:\.kts)?)"
)
_APPLY = re.compile(r"\bapply\s*\(?\s*from\s*[:=]\s*([^\n]{1,500})")
_PLUGIN = re.compile(
    r"""(?:kotlin\s*\(\s*["'][\w-]+["']\s*\)|id\s*\(?\s*["']org\.jetbrains\.kotlin[\w.-]*["']\s*\)?)\s*version\s*\(?\s*["']([^"']+)["']"""
)
_EXACT = re.compile(r"[\w][\w.-]*")
# `force("g:a:1.0")`, `dependencies.create("g:a:1.0")`: dependencies written in full count anywhere.
_FULL = re.compile(r"[A-Za-z][\w-]*(?:\.[\w-]+)+:[\w.-]+:(?:\d[\w.-]*(?:!!)?(?::[\w.-]+)?|[^:\s]*\$[^\s]*)")
# What decides versions outside the declaration of the dependency, and is not written in full.
_RULE = re.compile(r"\buse(?:Version|Target)\b[^\n]{0,200}|\bforce\b\s*\(?\s*(?!true\b|false\b)[A-Za-z_][^\n]{0,200}")
# Words that begin a statement in a dependencies block without declaring a dependency.
_OTHER = frozenset((
    "def", "val", "var", "final", "String", "ext", "apply", "println", "print", "exclude", "because", "attributes",
    "capabilities", "artifactTypes", "components", "registerTransform", "attributesSchema", "modules", "dependencySet",
    "entry", "mavenBom", "return", "import", "assert",
))  # fmt: skip
# Names of arguments and values next to a dependency.
_ARGUMENTS = frozenset((
    "transitive", "changing", "force", "isTransitive", "isChanging", "true", "false", "to", "it", "ext", "version",
))  # fmt: skip
_BRANCHES = frozenset((
    "if", "else", "for", "while", "try", "catch", "finally", "forEach", "each", "with", "run", "afterEvaluate",
))  # fmt: skip
_MAX_DEPTH = 12


@dataclass
class Scope:
    """The names in a build file: values of variables, catalogs by name, the version of Kotlin."""

    own: Mapping[str, set[str]] = field(default_factory=dict)
    others: Mapping[str, set[str]] = field(default_factory=dict)
    catalogs: Mapping[str, Catalog] = field(default_factory=dict)

    def value(self, chain: str) -> str | None:
        """Return the value of a variable, or None when it is unknown or ambiguous."""
        plain = re.sub(r"\.(get|toString)$", "", re.sub(r"\(\)", "", chain).strip())
        property_ = re.search(r"""(?:property|getProperty|findProperty|\[)\s*\(?\s*["']([\w.-]+)["']""", chain)
        if property_ is not None:
            plain = property_[1]
        catalog, _, rest = plain.partition(".versions.")
        if rest and catalog in self.catalogs:
            return self.catalogs[catalog].versions.get(rest.lower())
        for values in (self.own, self.others):
            for name in (plain, plain.rpartition(".")[2]):
                if len(values.get(name, ())) == 1:
                    return next(iter(values[name]))
                if name in values:
                    return None
        return None

    def filled(self, content: str) -> str:
        """Return a string with its variables replaced; unknown variables stay."""
        for _ in range(3):
            if "$" not in content or len(content) > 500:
                break
            content = _INTERPOLATED.sub(self._one, content)
        return content[:500]

    def _one(self, hit: re.Match[str]) -> str:
        value = self.value(hit[1] or hit[2])
        return hit[0] if value is None else value


def parse(data: bytes) -> list[Package]:
    """Return the dependencies of one build file, as far as the file itself declares them."""
    script = _script(data)
    return _packages(script, Scope(own=_values(script)))


class Builds:
    """All build files of a repository: they share variables and catalogs."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._values: dict[str, set[str]] | None = None
        self._catalogs: dict[str, Catalog | LockfileError] = {}
        self._places: dict[str, list[tuple[str, str]]] | None = None

    def read(self, path: str, *, read: frozenset[str]) -> Reading:
        """Return the dependencies of a build file, and the scripts and catalogs that could not be read.

        Scripts that it applies are read on their own when they are in `read` and have the name of a build file. Raises
        LockfileError.
        """
        script = _script(self._files.read(path, most=MAX_SCRIPT))
        catalogs, gaps = self._catalogs_of(path)
        scope = Scope(_values(script), self._others(), catalogs)
        found = Reading(_packages(script, scope), gaps)
        for hit in _APPLY.finditer(script):
            if (target := self._unread(path, hit[1], scope, read)) is not None:
                line = script.count("\n", 0, hit.start()) + 1
                found.gaps.append(Gap(target, f"The build file {target} was not read; it may add dependencies.", line))
        for hit in _RULE.finditer(script) if "resolutionStrategy" in script else ():
            line = script.count("\n", 0, hit.start()) + 1
            text = "A rule of the build changes the versions of dependencies; it was not read."
            found.gaps.append(Gap(" ".join(hit[0].split())[:100], text, line))
        return found

    def _others(self) -> Mapping[str, set[str]]:
        """Return the variables of all build files, of the build's own sources, and of gradle.properties."""
        if self._values is None:
            self._values = defaultdict(set)
            for path in sorted(self._files.paths):
                if not _has_values(path):
                    continue
                try:
                    data = self._files.read(path, most=MAX_SCRIPT)
                    rows = _properties(text(data)) if path.endswith(".properties") else _values(_script(data))
                except LockfileError:
                    continue
                for name, values in rows.items():
                    self._values[name] |= values
        return self._values

    def _catalogs_of(self, path: str) -> tuple[dict[str, Catalog], list[Gap]]:
        """Return the catalogs by name that a build file can use, the nearest first."""
        if self._places is None:
            self._places = defaultdict(list)
            for name in sorted(self._files.paths):
                if (hit := _CATALOG.fullmatch(name)) is not None:
                    self._places[hit["place"] or ""].append((hit["word"] or "libs", name))
        found: dict[str, Catalog] = {}
        gaps = []
        for place in above(path):
            for word, name in self._places.get(place, ()):
                catalog = self._catalog(name)
                if isinstance(catalog, LockfileError):
                    gaps.append(Gap(name, f"The version catalog {name} could not be read: {catalog}"))
                    continue
                known = found.setdefault(word, Catalog())
                known.libraries = catalog.libraries | known.libraries
                known.bundles = catalog.bundles | known.bundles
                known.versions = catalog.versions | known.versions
        return found, gaps

    def _catalog(self, path: str) -> Catalog | LockfileError:
        if path not in self._catalogs:
            try:
                data = self._files.read(path, most=MAX_SCRIPT)
                self._catalogs[path] = (
                    gradle_catalog.parse(data) if path.endswith(".toml") else gradle_catalog.inline(_script(data))
                )
            except LockfileError as error:
                self._catalogs[path] = error
        return self._catalogs[path]

    def _unread(self, path: str, words: str, scope: Scope, read: frozenset[str]) -> str | None:
        """Return the script that the `words` after `apply from` name, or None when it is read on its own."""
        quoted = _QUOTED.search(words)
        if quoted is None:
            return words.strip()[:100]
        target = scope.filled(_inner(quoted[0]))
        relative = re.sub(r"^(\$\{?(?:rootDir|projectDir|rootProject[\w.]*|project[\w.]*)\}?|\.)/", "", target)
        places = [self._files.at(f"{place}x", relative) for place in above(path)] if "://" not in relative else []
        return None if any(place in read and is_build_file(place) for place in places if place) else target


def is_build_file(path: str) -> bool:
    """Return whether a file is read as a build file of Gradle, by its name."""
    name = path.rpartition("/")[2]
    return name.endswith((".gradle", ".gradle.kts")) and not name.startswith(("settings.gradle", "init.gradle"))


def _has_values(path: str) -> bool:
    name = path.rpartition("/")[2]
    source = re.search(r"(^|/)(buildSrc|build-logic|buildLogic)/", path) and name.endswith((".kt", ".groovy", ".java"))
    return bool(source) or name == "gradle.properties" or is_build_file(path)


def _properties(content: str) -> dict[str, set[str]]:
    rows = re.finditer(r"^[ \t]*([\w.-]{1,200})[ \t]*[=:][ \t]*(\S{0,300})[ \t\r]*$", content, re.MULTILINE)
    return {hit[1]: {hit[2]} for hit in rows}


def _script(data: bytes) -> str:
    """Return a build file without its comments, with the same number of lines."""
    return _TOKEN.sub(lambda hit: hit[1] or "\n" * hit[0].count("\n"), text(data).replace("\r\n", "\n"))


def _values(script: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for hit in _VALUE.finditer(script):
        found[hit["name"]].add(hit["value"])
    for hit in _SET.finditer(script):
        found[hit[1] or hit[3]].add(hit[2] if hit[1] else hit[4])
    if (plugin := _PLUGIN.search(script)) is not None:
        found["kotlin plugin"].add(plugin[1])
    return found


def _packages(script: str, scope: Scope) -> list[Package]:
    masked = _QUOTED.sub(lambda hit: "_" * len(hit[0]), script)
    closing = _closing(masked)
    reader, end, found = _Reader(scope), 0, list[Package]()
    for hit in _BLOCK.finditer(masked):
        start = hit.end()
        if start < end:
            continue
        end = closing.get(start - 1, len(masked))
        found += reader.statements(script[start:end], masked[start:end])
    for hit in _CALLED.finditer(script):
        found += _declared(hit["added"] or hit["word"], hit["rest"], "", scope)
    lists = [scope.filled(re.sub(r"[\"']", "", hit[1] or hit[2] or "")).strip() for hit in _LIST.finditer(script)]
    note = f"its version comes from {' or '.join(f'the BOM {name[:100]}' for name in lists[:3])}" if lists else ""
    known = dict.fromkeys(_pinned(package, reader.pins, note) for package in found)
    told = {(package.name, package.version) for package in known}
    # A variable is resolved where it is used.
    for quoted in _QUOTED.findall(_VALUE.sub("", script)):
        written = scope.filled(_inner(quoted)).partition("@")[0]
        if _FULL.fullmatch(written):
            package = _package(*_coordinates(written), development=False)
            if (package.name, package.version) not in told:
                known.setdefault(package)
    return list(known)


def _pinned(package: Package, pins: Mapping[str, str], note: str) -> Package:
    if package.version or package.note or package.source:
        return package
    version = pins.get(package.name, "")
    note = "" if version else note or "its version is not in the build file"
    return Package("Maven", package.name, version, package.development, note=note)


def _closing(masked: str) -> dict[int, int]:
    """Return the position of the closing brace for each opening brace."""
    opened, found = list[int](), dict[int, int]()
    for hit in re.finditer(r"[{}]", masked):
        if hit[0] == "{":
            opened.append(hit.start())
        elif opened:
            found[opened.pop()] = hit.start()
    return found


@dataclass
class _Reader:
    """Reads blocks of dependencies; `pins` are the versions that constraints and similar blocks set for others."""

    scope: Scope
    pins: dict[str, str] = field(default_factory=dict)

    def statements(self, script: str, masked: str, *, depth: int = 0) -> list[Package]:
        """Return what the statements of a block declare; `masked` is the same without the content of strings."""
        found: list[Package] = []
        for start, end in _pieces(masked):
            statement, plain = script[start:end], masked[start:end]
            if not statement.strip(" \t\n};"):
                continue
            hit = _HEAD.match(statement)
            word, rest = (hit["word"], hit["rest"]) if hit is not None else ("", statement)
            if word in _OTHER:
                continue
            blocks = list(_blocks(plain))
            if word in _BRANCHES or word == "constraints" or (blocks and rest.lstrip()[:1] == "{"):
                inner = self._branch(word, rest, statement, plain, blocks, depth=depth)
            elif re.match(r"\s*(=(?!=)|\.|\+=)", rest):
                continue
            else:
                inner = self._declaration(word, rest, statement, plain, blocks)
            if word in ("constraints", "dependency"):
                self.pins.update({row.name: row.version for row in inner if row.version})
            else:
                found += inner
        return found

    def _branch(
        self, word: str, rest: str, statement: str, masked: str, blocks: list[tuple[int, int]], *, depth: int
    ) -> list[Package]:
        """Return the content of a statement's blocks, or what follows the condition of one without braces."""
        if depth >= _MAX_DEPTH:
            return [Package("Maven", word, "", note="the blocks are nested too deeply")]
        if not blocks:
            first = len(statement) - len(rest)
            condition = _CONDITION.match(masked[first:])
            blocks = [(first + (condition.end() if condition else 0), len(statement))]
        parts = (slice(first, last) for first, last in blocks)
        return [row for part in parts for row in self.statements(statement[part], masked[part], depth=depth + 1)]

    def _declaration(
        self, word: str, rest: str, statement: str, masked: str, blocks: list[tuple[int, int]]
    ) -> list[Package]:
        closure = ""
        if blocks and masked.rstrip().endswith("}"):
            closure = statement[blocks[-1][0] :]
            rest = rest[: max(0, len(rest) - len(closure) - 1)]
        return list(_declared(word, rest, closure, self.scope))


def _blocks(masked: str) -> Iterator[tuple[int, int]]:
    """Yield where the outermost blocks of a statement begin and end, without their braces."""
    depth, start = 0, 0
    for hit in re.finditer(r"[{}]", masked):
        if hit[0] == "{":
            if depth == 0:
                start = hit.end()
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                yield start, hit.start()
    if depth:
        yield start, len(masked)


def _pieces(masked: str) -> Iterator[tuple[int, int]]:
    """Yield the statements: a statement ends with its line, unless a bracket is open or the line ends with a comma or
    plus."""
    start, depth = 0, 0
    for hit in re.finditer(r"[\n;(){}\[\]]", masked):
        character = hit[0]
        if character in "({[":
            depth += 1
        elif character in ")}]":
            depth = max(0, depth - 1)
        elif depth == 0 and (character == ";" or not _waits(masked, start, hit.start())):
            yield start, hit.start()
            start = hit.end()
    yield start, len(masked)


def _waits(masked: str, start: int, end: int) -> bool:
    """Return whether a line ends with a character that continues on the next line."""
    return masked[max(start, end - 200) : end].rstrip(" \t\r").endswith((",", "+", "="))


def _declared(word: str, rest: str, closure: str, scope: Scope) -> Iterator[Package]:
    """Yield what one statement declares; `rest` is what follows the configuration `word`."""
    development = is_development(word)
    strict = _STRICT.search(closure)
    plain = _LIST.sub(" ", _OWN.sub(lambda hit: hit[1] or " ", _JOINED.sub(_join, rest)))
    something = plain.strip(" \t\n(),") != rest.strip(" \t\n(),")
    for hit in _FILES.finditer(plain):
        something = True
        name = ", ".join(_inner(row) for row in _QUOTED.findall(hit[0]))[:100] or hit[0][:100]
        yield Package("Maven", name, "", development, f"file:{name}", registry=False)
    plain = _FILES.sub(" ", plain)
    for hit in _KOTLIN.finditer(plain):
        something = True
        version = hit[2] or scope.value("kotlin plugin") or ""
        yield _package(f"org.jetbrains.kotlin:kotlin-{hit[1]}", version, development)
    plain = _KOTLIN.sub(" ", plain)
    rows = list(_written(plain, scope))
    for name, version in rows:
        yield _package(name, strict[1] if strict and not version else version, development)
    if not rows and not something and plain.strip(" \t\n(),"):
        name = " ".join(plain.split())[:100].strip("(), ")
        yield Package("Maven", name, "", development, note="the notation is not understood")


def _join(hit: re.Match[str]) -> str:
    return f'"{_inner(hit[1])}${{{hit[2]}}}"'


def _written(plain: str, scope: Scope) -> Iterator[tuple[str, str]]:
    """Yield (group:artifact, version) of each dependency written as a string, map, catalog entry or variable."""
    fields = list(_FIELD.finditer(plain))
    if any(hit[1] in ("group", "name") for hit in fields):
        yield from _maps(fields, scope)
        return
    for hit in _INDEXED.finditer(plain):
        yield from _named(hit[1], scope)
    plain = _INDEXED.sub(" ", plain)
    strings = [scope.filled(_inner(row)) for row in _QUOTED.findall(plain)]
    if len(strings) >= 2 and not any(":" in row for row in strings):
        yield f"{strings[0]}:{strings[1]}", strings[2] if len(strings) > 2 else ""
        return
    for row in strings:
        if ":" in row:
            yield _coordinates(row)
    words = _QUOTED.sub(" ", plain)
    for hit in _CHAIN.finditer(words):
        # A function call; its arguments are read like all others.
        called = words[hit.end() : hit.end() + 5].lstrip()[:1] == "("
        method = words[hit.start() - 1 : hit.start()] == "."
        if not method and (not called or hit[0].endswith((".get", ".asProvider"))):
            yield from _named(hit[0], scope)


def _named(chain: str, scope: Scope) -> Iterator[tuple[str, str]]:
    catalog, _, accessor = chain.partition(".")
    if catalog in scope.catalogs and accessor:
        rows = scope.catalogs[catalog].find(accessor)
        if rows is not None:
            yield from rows
            return
    value = scope.value(chain)
    if value is not None and ":" in value:
        yield _coordinates(scope.filled(value))
    elif chain not in _ARGUMENTS:
        yield chain, "?"


def _maps(fields: Sequence[re.Match[str]], scope: Scope) -> Iterator[tuple[str, str]]:
    row: dict[str, str] = {}
    for hit in fields:
        if hit[1] in row:
            yield f"{row.get('group', '')}:{row.get('name', '')}", row.get("version", "")
            row = {}
        row[hit[1]] = scope.filled(_inner(hit[2])) if hit[2][0] in "\"'" else scope.value(hit[2]) or f"${hit[2]}"
    yield f"{row.get('group', '')}:{row.get('name', '')}", row.get("version", "")


def _coordinates(written: str) -> tuple[str, str]:
    group, artifact, version, *_ = [*written.partition("@")[0].split(":"), "", ""]
    return f"{group}:{artifact}", version


def _package(name: str, version: str, development: bool) -> Package:
    """Return a package; a range, a changing version or an unknown variable is not an exact version."""
    plain = version.removesuffix("!!")
    if version == "?":
        return Package("Maven", name, "", development, note="its meaning is not known here")
    if "$" in name or "$" in plain:
        return Package("Maven", name, "", development, note=f"the value of {version or name} is not known here")
    if plain and (not _EXACT.fullmatch(plain) or plain.startswith("latest.")):
        return Package("Maven", name, "", development, note=f"{plain[:100]} is not an exact version")
    return Package("Maven", name, plain, development)


def _inner(quoted: str) -> str:
    return quoted.strip("\"'")
