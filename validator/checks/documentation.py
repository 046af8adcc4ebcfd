"""The check for a README, an installation guide and working links."""

from __future__ import annotations

import posixpath
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from validator import markdown
from validator.findings import conclude, in_time
from validator.results import CheckContext, CheckResult, Finding, Level, Rule, Severity, Tree
from validator.source import lfs, links, paths

MAX_DOCUMENT = 1_000_000
"""The largest document that is read, in bytes; a longer one is only reported as too large."""

MAX_DOCUMENTS = 300
MAX_PARSED = 3_000_000
"""How many characters of all documents together are parsed: half a minute for the most expensive ones."""

MAX_READMES = 10
WORDS = 50
"""A README with fewer words than this explains nothing; a good one has hundreds."""

NO_README = Rule(
    "documentation-readme-missing",
    "README missing",
    Severity.ERROR,
    "The README is the first file that users and reviewers open.",
    "Add README.md at the root: what the connector does, what it needs, how to install and configure it.",
)
THIN_README = Rule(
    "documentation-readme-thin",
    "README too short",
    Severity.ERROR,
    "A title alone does not help anyone choose or install the connector.",
    f"Describe what the connector does, what it needs and how it is configured, in at least {WORDS} words.",
)
NO_GUIDE = Rule(
    "documentation-installation-missing",
    "Installation guide missing",
    Severity.ERROR,
    "A connector needs credentials and settings that only its developers can explain.",
    "Add a section or a file about installation: requirements, configuration keys, steps, how to verify that it works.",
)
BROKEN_LINK = Rule(
    "documentation-link-broken",
    "Broken link or image",
    Severity.ERROR,
    "Readers miss what the link should show.",
    "Correct the path, or add the file to the repository; letter case counts.",
)
BROKEN_ANCHOR = Rule(
    "documentation-anchor-broken",
    "Link to a missing heading",
    Severity.WARNING,
    "The link opens the page, but not the right section.",
    "Correct the part after #; anchors are the heading in lowercase with hyphens.",
)
NOT_CHECKED = Rule(
    "documentation-not-checked",
    "Document whose links were not checked",
    Severity.WARNING,
    "Documents that are very large, very numerous or full of brackets are skipped.",
    "Split the document or move generated documentation out of the repository.",
)

_README = re.compile(r"readme(\.(md|markdown|mdx|rst|adoc|txt))?", re.IGNORECASE)
_MARKDOWN = re.compile(r"\.(md|markdown)$", re.IGNORECASE)
_GUIDE_NAME = re.compile(
    r"(^|/)[^/]*(install|setup|getting[-_ ]?started|deploy|quick[-_ ]?start|integration)[^/]*"
    r"\.(md|markdown|mdx|rst|adoc|txt|pdf)$",
    re.IGNORECASE,
)
_GUIDE_WORDS = re.compile(
    r"\b(install\w*|set[- ]?up|getting started|quick ?start|deploy\w*|how to (use|run|start|configure)|configur\w+"
    r"|integration guide|running|usage|prerequisites|before you (begin|start)|requirements"
    r"|environment(al)? variables?|(connector|application|required) (properties|settings))\b",
    re.IGNORECASE,
)
_UNDERLINE = re.compile(r"(=+|-+|~+)\s*")
# Relative addresses that GitHub serves itself, in addition to files: ../../issues, ../../releases/latest.
_GITHUB_PAGE = re.compile(
    r"^(\.\./){2,}(issues|releases|wiki|actions|pulls?|discussions|security|tags|graphs|blob|tree|commits?)\b"
)
_HTML_ADDRESS = re.compile(
    r"""<(?:a|img|source|video)\b[^>]{0,500}?\s(?:href|src)\s*=\s*["']([^"']{1,2000})["']""", re.IGNORECASE
)
_HTML_ANCHOR = re.compile(r"""<[a-z0-9]+\b[^>]{0,500}?\s(?:id|name)\s*=\s*["']([^"']{1,200})["']""", re.IGNORECASE)
_PARSER = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True)
class _Link:
    address: str
    line: int


class DocumentationCheck:
    """Look for a README, an installation guide, and broken links.

    What: A README at the root with at least fifty words besides headings, links and code; a section or a file about
    installation, setup or configuration; and relative links and images in Markdown files that lead to a file or folder
    of the repository, with matching letter case. Links to other sites are not opened.

    Why: A connector is installed by people who have never talked to its developers. Missing instructions are the most
    common reason for support requests.

    Fix: Write for someone who sees the connector for the first time, and open each link once on GitHub.

    Level: Needed to certify; otherwise the findings are advice. Broken links, and documents that are too large to be
    checked, are errors in the READMEs of the repository and its applications, and warnings in other documents.
    """

    id = "documentation"
    title = "Documentation"
    level = Level.REQUIRED
    certification_only = True
    seconds = 120.0
    rules: tuple[Rule, ...] = (NO_README, THIN_README, NO_GUIDE, BROKEN_LINK, BROKEN_ANCHOR, NOT_CHECKED)

    def run(self, context: CheckContext) -> CheckResult:
        """Read the Markdown files of the repository, except those of third-party packages."""
        return conclude(self, self._search(context))

    def _search(self, context: CheckContext) -> Iterator[Finding]:
        deadline = min(context.deadline, time.monotonic() + self.seconds)
        tree = links.Followed(context.tree)
        applications = paths.applications(context.tree, context.specification)
        readmes = sorted((path for path in tree.paths() if _README.fullmatch(path)), key=_preferred)
        yield from _readme(tree, readmes)
        yield from _guide(tree, readmes, [f"{row.path}/" for row in applications])
        places = _Places(tree)
        # A linked document is checked at its own path, because its relative links start there.
        documents = [path for path in context.tree.paths() if _MARKDOWN.search(path) and not _foreign(path)]
        homes = {"", *(row.path for row in applications)}
        for number, path in enumerate(sorted(documents, key=_preferred)):
            in_time(deadline)
            application = paths.owner(path, applications)
            folder, _, name = path.rpartition("/")
            severity = Severity.ERROR if _README.fullmatch(name) and folder in homes else Severity.WARNING
            problem = "There are too many documents." if number >= MAX_DOCUMENTS else places.problem_of(path)
            if problem:
                yield NOT_CHECKED.finding(
                    f"The links of this document were not checked. {problem}",
                    severity=severity,
                    path=path,
                    application=application,
                )
                continue
            for rule, link in places.broken(path):
                yield rule.finding(
                    f"{link.address} is not in the repository."
                    if rule is BROKEN_LINK
                    else f"There is no heading for {link.address}.",
                    severity=severity if rule is BROKEN_LINK else None,
                    path=path,
                    line=link.line,
                    application=application,
                    snippet=link.address,
                )


def _preferred(path: str) -> tuple[int, int, str]:
    """Sort READMEs first, then by depth, so that limits cut off the least important documents."""
    name = PurePosixPath(path).name
    return (0 if _README.fullmatch(name) else 1, path.count("/"), path)


def _foreign(path: str) -> bool:
    return paths.is_vendored(path) or paths.is_tooling(path) or paths.is_test(path)


def _text(tree: Tree, path: str) -> str:
    return tree.read(path, MAX_DOCUMENT).decode("utf-8", "replace").removeprefix("\ufeff").replace("\0", "")


def _readme(tree: Tree, readmes: list[str]) -> Iterator[Finding]:
    if not readmes:
        instead = links.told_instead(tree, fits=lambda path: _README.fullmatch(path) is not None)
        yield NO_README.finding(instead or "There is no README at the root of the repository.")
        return
    count, best = max((_words(_text(tree, path)), path) for path in readmes[:MAX_READMES])
    if count < WORDS and lfs.is_pointer_at(tree, best):
        yield THIN_README.finding(lfs.told(best), path=best)
    elif count < WORDS:
        yield THIN_README.finding(f"{best} has {count} words of explanation.", path=best)


def _words(text: str) -> int:
    """Count the words that explain: without code, headings, images, links' addresses, tables' lines and HTML."""
    text = re.sub(r"```.*?(```|\Z)|~~~.*?(~~~|\Z)|<!--.*?(-->|\Z)", " ", text, flags=re.DOTALL)
    text = re.sub(r"^#{1,6}\s.*$", " ", text, flags=re.MULTILINE)
    text = re.sub(r"!\[[^\]]{0,200}\]\([^)]{0,500}\)|\]\([^)]{0,500}\)|<[^<>]{0,500}>|https?://\S+", " ", text)
    return len(re.findall(r"[^\W\d_]{2,}", text))


def _guide(tree: Tree, readmes: list[str], application_folders: list[str]) -> Iterator[Finding]:
    documents = [path for path in tree.paths() if not _foreign(path)]
    if any(_GUIDE_NAME.search(path) for path in documents):
        return
    read = [
        *readmes,
        *(
            path
            for path in documents
            if _README.fullmatch(PurePosixPath(path).name) and path.startswith(tuple(application_folders))
        ),
    ]
    for path in read[:50]:
        if any(_GUIDE_WORDS.search(heading) for heading in _headings(_text(tree, path))):
            return
    yield NO_GUIDE.finding(
        "No file and no heading of a README covers installation, setup, deployment or configuration.",
        path=readmes[0] if readmes else None,
    )


def _headings(text: str) -> Iterator[str]:
    """Yield the headings of a document in Markdown, reStructuredText or AsciiDoc."""
    before = ""
    for line in text.splitlines():
        if before.strip() and _UNDERLINE.fullmatch(line):
            yield before
        elif line.startswith(("#", "=")):
            yield line
        before = line


class _Places:
    """What a link can lead to: files, folders, and the headings of Markdown files."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.files = frozenset(tree.paths())
        self.folders = {""}
        for path in self.files:
            for folder in PurePosixPath(path).parents:
                self.folders.add("" if str(folder) == "." else str(folder))
        self._anchors: dict[str, frozenset[str]] = {}
        self._left = MAX_PARSED

    def problem_of(self, path: str) -> str:
        """Return why a document is not parsed, or an empty string."""
        if self.tree.size(path) > MAX_DOCUMENT:
            return f"The document has more than {MAX_DOCUMENT:,} bytes."
        text = _text(self.tree, path)
        if len(text) > self._left:
            return f"All documents together have more than {MAX_PARSED:,} characters."
        return markdown.problem_of(text)

    def _parsed(self, path: str) -> list[Token]:
        """Parse a document for which `problem_of` reports nothing, and collect its anchors."""
        text = _text(self.tree, path)
        self._left -= len(text)
        tokens = _PARSER.parse(text)
        self._anchors[path] = _anchors(tokens, text)
        return tokens

    def broken(self, path: str) -> Iterator[tuple[Rule, _Link]]:
        """Yield each broken link of a document, once for each address."""
        tokens = self._parsed(path)
        seen: set[str] = set()
        for link in _links(tokens):
            if link.address in seen:
                continue
            seen.add(link.address)
            rule = self._judge(path, link.address)
            if rule is not None:
                yield rule, link

    def _judge(self, path: str, address: str) -> Rule | None:
        if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//", address) or _GITHUB_PAGE.match(address):
            return None
        # A placeholder only shows how an address is built.
        if re.search(r"[<>{}$]", unquote(address)):
            return None
        target, _, fragment = address.partition("#")
        target = unquote(target.partition("?")[0])
        if not target:
            return None if not fragment or self._has(path, fragment) else BROKEN_ANCHOR
        base = "" if target.startswith("/") else posixpath.dirname(path)
        place = posixpath.normpath(posixpath.join(base, target.lstrip("/")))
        place = "" if place == "." else place
        if place in self.folders:
            return None
        if place not in self.files:
            return None if self.tree.kind(place) in ("link", "submodule") else BROKEN_LINK
        if fragment and _MARKDOWN.search(place) and not self._has(place, fragment):
            return BROKEN_ANCHOR
        return None

    def _has(self, path: str, fragment: str) -> bool:
        if path not in self._anchors:
            if self.problem_of(path):
                return True
            self._parsed(path)
        wanted = _reduced(unquote(fragment))
        # #L12 and similar anchors are GitHub's own, for lines of source.
        return wanted in self._anchors[path] or wanted == "top" or bool(re.fullmatch(r"l\d+(l?\d+)?", wanted))


def _links(tokens: list[Token]) -> Iterator[_Link]:
    """Yield the addresses of links and images, also those that are written as HTML."""
    for token in tokens:
        line = (token.map[0] if token.map else 0) + 1
        if token.type == "html_block":
            yield from _html(token.content, line)
        for child in token.children or ():
            if child.type in ("softbreak", "hardbreak"):
                line += 1
            address = child.attrs.get("href") or child.attrs.get("src")
            if address:
                yield _Link(str(address), line)
            if child.type == "html_inline":
                yield from _html(child.content, line)


def _html(content: str, line: int) -> Iterator[_Link]:
    for hit in _HTML_ADDRESS.finditer(content):
        yield _Link(hit[1].strip(), line + content.count("\n", 0, hit.start()))


def _anchors(tokens: list[Token], text: str) -> frozenset[str]:
    """Return the anchors of the document, reduced by `_reduced`."""
    found = {_reduced(hit[1]) for hit in _HTML_ANCHOR.finditer(text)}
    counts: dict[str, int] = {}
    for number, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        inline = tokens[number + 1]
        plain = "".join(child.content for child in inline.children or () if child.type in ("text", "code_inline"))
        for name in {_reduced(plain), _reduced(inline.content)}:
            times = counts.get(name, 0)
            counts[name] = times + 1
            found.add(f"{name}{times}" if times else name)
    return frozenset(found)


def _reduced(name: str) -> str:
    """Return only letters and digits: sites treat punctuation, emphasis and emoji in a heading differently."""
    return re.sub(r"[\W_]+", "", name.lower())


check = DocumentationCheck()
