"""Documentation and license of the pinned commit, sanitized for display."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import nh3
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from certification.models import Round
from connectors.runs import snapshots
from connectors.runs.snapshots import File
from validator import markdown as bounds
from validator.source import addresses

LARGEST = 200_000
MOST = 20
RENDERED = 300_000
"""Characters of Markdown that a page renders. The most expensive texts of this size take a few seconds."""

_DOCUMENT = re.compile(r"(^|/)(readme|install(ation)?|changelog|security|contributing)[^/]*$|^docs?/.*\.md$", re.I)
_LICENCE = re.compile(r"^(licen[cs]e|copying|notice)[^/]*$", re.I)
_TAGS = {
    *("a", "blockquote", "br", "code", "dd", "del", "dl", "dt", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p"),
    *("pre", "s", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}


@dataclass(frozen=True)
class Document:
    """One document: rendered when it is Markdown, else its plain text. `problem` says why Markdown was not rendered."""

    path: str
    link: str
    html: SafeString | None
    text: str
    cut: bool
    problem: str = ""


def documents(row: Round) -> list[Document]:
    """Return the license, README files and documentation of a round's commit, in this order, nearest the root first."""
    files = snapshots.files(row.tree) or {}
    found = [f for f in files.values() if f.kept and (_LICENCE.search(f.path) or _DOCUMENT.search(f.path))]
    found.sort(key=lambda file: (not _LICENCE.search(file.path), file.path.count("/"), file.path.lower()))
    texts = snapshots.texts(found[:MOST])
    documents = []
    left = RENDERED
    for file in found[:MOST]:
        if file.digest in texts:
            document = _document(file, texts[file.digest], row, left=left)
            left -= len(document.text) if document.html is not None else 0
            documents.append(document)
    return documents


def markdown(text: str) -> SafeString:
    """Return Markdown as HTML without raw HTML, images, scripts, styles and links to anything but web and mail.

    Headings begin at h3, because the page has h1 and h2 of its own.
    """
    return _markdown(text[:LARGEST])


@lru_cache(maxsize=64)
def _markdown(text: str) -> SafeString:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
    parser.disable("image")
    tokens = parser.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1:]) + 2, 6)}"
    html = parser.renderer.render(tokens, parser.options, {})
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    # Only the sanitizer in the line above makes it safe.
    return mark_safe(clean)  # noqa: S308


def _document(file: File, text: str, row: Round, *, left: int) -> Document:
    try:
        link = addresses.permalink(
            row.draft.repository_url, commit=row.commit, path=file.path, allowed_hosts=settings.GIT_HOSTS
        )
    except ValueError:
        link = ""
    shown = text[:LARGEST]
    problem = ""
    html = None
    if file.path.lower().endswith((".md", ".markdown")):
        problem = bounds.problem_of(shown)
        if len(shown) > left:
            problem = problem or f"All documents together have more than {RENDERED:,} characters."
        html = None if problem else markdown(shown)
    return Document(file.path, link, html, shown, cut=len(text) > LARGEST, problem=problem)
