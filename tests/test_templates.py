"""What holds for every template and for the files that pages load."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest
from django.template import engines
from django.template.loader import get_template
from django.test import RequestFactory

from connectors.choices import ConnectorStatus
from tests.root import ROOT
from web.context import portal
from web.segments import Segment

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
COMMENT = re.compile(r"\{% comment %\}.*?\{% endcomment %\}", re.DOTALL)
TAG = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)
VARIABLE = re.compile(r"\{\{.*?\}\}", re.DOTALL)
MARKUP = re.compile(r"<[^>]*>")
ICON = re.compile(r'\{% icon "([a-z0-9-]+)"')
ICON_ARGUMENT = re.compile(r'\bicon="([a-z0-9-]+)"')
SENDS = re.compile(r"\bfetch\(|XMLHttpRequest|sendBeacon")
EXTERNAL = re.compile(r"""(?:src|href|action)=["']?(?:https?:)?//""")


TAG_BY_HAND = re.compile(r'class="(?:[^"]* )?(?:badge|cc-tag)[ "{]')
LONGEST_LINE = 160
SPRITE = (ROOT / "static" / "icons.svg").read_text(encoding="utf-8")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT / "templates"))


def markup_of(source: str) -> str:
    """Return a template's text as HTML: tags taken out with both branches kept, variables as the letter x."""
    return VARIABLE.sub("x", TAG.sub("", COMMENT.sub("", source)))


class InlineCode(HTMLParser):
    """Collects what a strict Content-Security-Policy would block."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.script: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.found += [f"<{tag} {name}>" for name in values if name == "style" or name.startswith(("on", "hx-on"))]
        self.found += [f"<{tag} {name}={value}>" for name, value in attrs if (value or "").startswith("javascript:")]
        if tag == "style":
            self.found.append("<style>")
        if tag == "script" and "src" not in values and values.get("type") != "application/json":
            self.found.append("<script> without src")


def inline_code(source: str) -> list[str]:
    """Return what is inline in a template's text."""
    parser = InlineCode()
    parser.feed(markup_of(source))
    return parser.found


@pytest.fixture(scope="module")
def vendor() -> ModuleType:
    """The maintainers' script bin/vendor as a module."""
    loader = importlib.machinery.SourceFileLoader("vendor_script", str(ROOT / "bin" / "vendor"))
    spec = importlib.util.spec_from_loader("vendor_script", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["vendor_script"] = module
    writes = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    try:
        loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = writes
    return module


@pytest.mark.security
@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_compiles_and_carries_nothing_inline(path: Path) -> None:
    source = path.read_text(encoding="utf-8")

    get_template(name_of(path))

    assert inline_code(source) == []
    assert EXTERNAL.search(markup_of(source)) is None


def test_a_line_of_a_template_can_be_read() -> None:
    lines = [
        f"{name_of(path)}:{number}"
        for path in sorted((ROOT / "templates").rglob("*.*"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > LONGEST_LINE
    ]

    assert lines == []


@pytest.mark.parametrize(
    "source",
    [
        '<p style="color: red">',
        '<a onclick="go()">',
        "<script>go()</script>",
        "<style>p {}</style>",
        '<a href="javascript:go()">',
        '<button {% if x %}onfocus="go()"{% endif %}>',
        '<div hx-on:click="go()">',
    ],
)
def test_inline_code_of_each_kind_is_found(source: str) -> None:
    assert inline_code(source)


def test_parts_of_pages_are_loaded_by_htmx_alone() -> None:
    scripts = [path for path in (ROOT / "static").rglob("*.js") if "vendor" not in path.parts]

    sending = {str(path.relative_to(ROOT / "static")) for path in scripts if SENDS.search(path.read_text("utf-8"))}

    assert sending == set()


def test_data_for_scripts_and_files_of_scripts_are_not_inline_code() -> None:
    source = '<script src="{% static "x.js" %}" defer></script><script type="application/json">{"a": 1}</script>'

    assert inline_code(source) == []


def test_every_icon_a_template_names_is_in_the_sprite() -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', SPRITE))

    named = {
        (name_of(path), name)
        for path in TEMPLATES
        for pattern in (ICON, ICON_ARGUMENT)
        for name in pattern.findall(path.read_text(encoding="utf-8"))
    }

    assert named
    assert {pair for pair in named if pair[1] not in drawn} == set()


@pytest.mark.parametrize("path", sorted((ROOT / "templates" / "_components").glob("*.html")), ids=name_of)
def test_a_component_says_what_it_reads(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("{% comment %}")


@pytest.mark.security
def test_vendored_files_match_their_checksums(vendor: ModuleType) -> None:
    problems = [problem for package in vendor.PACKAGES for problem in vendor.compare(ROOT / package.folder)]

    assert problems == []


def test_a_changed_a_missing_and_an_added_file_are_noticed(vendor: ModuleType, tmp_path: Path) -> None:
    vendor.ROOT = tmp_path
    (tmp_path / "kept.js").write_text("1")
    (tmp_path / "changed.js").write_text("1")
    digest = vendor.digest(tmp_path / "kept.js")
    (tmp_path / "SHA256SUMS").write_text("".join(f"{digest}  {name}.js\n" for name in ("kept", "changed", "missing")))
    (tmp_path / "changed.js").write_text("2")
    (tmp_path / "added.js").write_text("1")

    problems = vendor.compare(tmp_path)

    assert [line.split()[0] for line in problems] == ["added.js", "changed.js", "missing.js"]


def test_every_vendored_folder_brings_a_license(vendor: ModuleType) -> None:
    assert all((ROOT / package.folder / "LICENSE").stat().st_size > 100 for package in vendor.PACKAGES)


@pytest.mark.parametrize(("status", "words"), ConnectorStatus.choices)
def test_a_status_is_shown_by_a_shape_of_its_own_and_its_words(status: str, words: str) -> None:
    html = get_template("_components/status.html").render({"status": status})

    assert "<svg" in html
    assert "question-mark" not in html
    assert MARKUP.sub("", html).split() == words.split()


def test_a_tag_says_its_words_with_and_without_tone_number_and_icon() -> None:
    tag = get_template("_components/tag.html")

    plain = tag.render({"text": "<b>Must</b>"})
    full = tag.render({"text": "left", "number": 0, "tone": "amber", "icon": "check"})

    assert 'class="cc-tag"' in plain
    assert "<svg" not in plain
    assert MARKUP.sub("", plain).split() == ["&lt;b&gt;Must&lt;/b&gt;"]
    assert 'class="cc-tag cc-tag-amber"' in full
    assert "#check" in full
    assert MARKUP.sub("", full).split() == ["0", "left"]


def test_a_tag_is_drawn_by_its_component_in_a_tone_that_the_styles_know() -> None:
    styles = (ROOT / "static" / "portal.css").read_text(encoding="utf-8")
    sources = {name_of(path): path.read_text(encoding="utf-8") for path in TEMPLATES}
    by_hand = {name for name, source in sources.items() if TAG_BY_HAND.search(source)}

    tones = {
        tone
        for source in sources.values()
        for given in re.findall(r'_components/tag\.html" with [^%]*?\btone=(?:[^ ]*yesno:)?"([a-z,]+)"', source)
        for tone in given.split(",")
        if tone
    }

    assert by_hand == {"_components/tag.html", "allauth/elements/badge.html"}
    assert tones
    assert {tone for tone in tones if f".cc-tag-{tone} {{" not in styles} == set()


def test_segments_that_are_links_mark_the_page_that_is_open() -> None:
    segments = [Segment("All", False, url="/inbox"), Segment("Unread", True, url="/inbox?show=unread")]

    html = get_template("_components/segments.html").render({"segments": segments, "label": "Which"})

    assert re.findall(r'href="([^"]+)"( aria-current="page")?>', html) == [
        ("/inbox", ""),
        ("/inbox?show=unread", ' aria-current="page"'),
    ]
    assert 'role="group" aria-label="Which"' in html
    assert "<button" not in html


@pytest.mark.parametrize(("cookie", "pressed"), [("dark", "dark"), ("light", "light"), ("", "system"), ("x", "system")])
def test_the_themes_are_segments_of_which_the_chosen_one_is_pressed(
    rf: RequestFactory, cookie: str, pressed: str
) -> None:
    request = rf.get("/")
    request.COOKIES["theme"] = cookie

    html = get_template("_components/theme.html").render(portal(request), request)

    buttons = re.findall(r'name="theme" value="(\w+)" aria-pressed="(\w+)"', html)
    assert dict(buttons) == {name: str(name == pressed).lower() for name in ("light", "dark", "system")}
    drawn = re.findall(r'#([a-z-]+)"></use>', html)
    assert len(drawn) == len(buttons)
    assert [name for name in drawn if f'<symbol id="{name}"' not in SPRITE] == []


@pytest.mark.security
def test_a_report_entry_shows_markup_as_text() -> None:
    entry = {"type": "Error", "title": "<b>bold</b>", "message": "<script>alert(1)</script>", "createdAt": ""}

    html = get_template("_components/report.html").render({"report": {"entries": [entry]}})

    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<b>" not in html


def test_the_pages_for_broken_requests_need_no_request() -> None:
    for name in ("400.html", "403_csrf.html", "404.html", "500.html", "503.html", "unreadable.html"):
        html = engines["django"].get_template(name).render({})

        assert "<h1>" in html
