"""How the portal speaks: plain American English in pages, mails, messages, documents, docstrings and comments.

Words that nobody in this field uses, phrases translated word by word and British spellings are named with what to write
instead. Code is not read: identifiers, addresses and keys keep the spelling that others rely on.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.test_repository import texts

INSTEAD = {
    # Homely words
    r"mend(s|ed|ing)?": "fix, correct, repair",
    r"shall": "must, will, should",
    r"whoever": "who, anyone who, the person who",
    r"aside": "apart, separately",
    r"sheets?": "form, page, file; stylesheet",
    r"(stand|stands|stood|standing) (in|on|at|beside|below|above|behind|under|there|here|next|first)": "is",
    r"(un)?tick(s|ed|ing)?": "select, clear",
    r"worthless": "no longer works",
    r"(a|all|each|every|first|last|more|of|one|per|same|second|without|\d+) signs?(?! in| of| out| up)": "character",
    r"(a|another|each|every|first|one|second|short|third) looks?(?! like| up| at)": "fetch, lookup, preview, theme",
    r"(am|are|be|been|being|is|was|were) told": "is notified, learns, gets a message",
    r"(say|says|tell|tells) (whether|if)": "return whether, know whether",
    r"anew|afresh": "again",
    r"for ever": "forever",
    r"unwanted mail": "spam folder",
    r"by the (hundred|thousand|million)": "in thousands",
    r"(or|and) the like": "or similar",
    # Phrases that were said and are said better now
    r"what is due first": "sorted by due date",
    r"we neither": "and neither can the portal",
    r"shown this once": "shown only once",
    r"you look on": "you have view-only access",
    r"how I am told": "notification settings",
    r"ending it": "danger zone",
    r"two factors": "two-factor authentication",
    r"from now on": "name the moment, or nothing",
    r"to the first page": "Home",
    r"come to be": "future",
    r"keep the (request|note)|save for later": "add request, add note, save draft",
    r"escalation is over": "end escalation",
    r"is taken back": "is withdrawn",
    r"successfully signed in": "nothing: the page shows it",
    r"is a auditor": "is now an auditor",
    r"due \d+ days overdue": "business days overdue",
    # Spelling
    r"licences?": "license",
    r"(behavi|col|fav|harb|hon|lab|neighb)our\w*": "-or",
    r"catalogues?": "catalog",
    r"(cancel|label|model|signal|total|travel)l(ed|ing)": "one l",
    r"(author|categor|central|final|initial|normal|optim|organ|recogn|serial|summar)is(e[sd]?|ing|ations?)": "-ize",
    r"analys(ed?|ing)": "analyze",
    r"amongst|artefacts?|centre[sd]?|defence|fulfil|grey|judgement|learnt|practise[sd]?|spelt|whilst": "American",
}
# A phrase may go on in the next line, behind the mark of a comment.
BETWEEN = r"[ \n#*]+"
PATTERNS = {
    re.compile(rf"(?<![\w/.-])(?:{words.replace(' ', BETWEEN)})(?![\w/-]|\.\w)", re.IGNORECASE): better
    for words, better in INSTEAD.items()
}

# (file or folder, what is said there, "" for anything) -> why it may stay
ALLOWED = {
    ("tests/test_voice.py", ""): "the list itself, and what its tests are made of",
    ("validator/checks/licence.py", "licence"): "a file name that the check looks for",
    ("docs/checks.md", "licence"): "the same file name",
    ("docs/architecture.md", "licence"): "the id of a check",
    ("validator/knowledge/licenses.py", ""): "phrases quoted from licenses",
    ("tests/validator/checks/test_licence.py", "shall"): "the text of a license",
    ("bin/vendor", "shall"): "the text of a license",
    ("certification/migrations/", ""): "stored data, and what a migration made once",
    ("devtools/bench/connector.py", "shall"): "the text of a license",
    ("templates/base_entrance.html", "aside"): "the name of a block",
    ("templates/account/password_reset_from_key_done.html", "from now on"): "the moment is the page itself",
}

CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\]\([^)]*\)")
MARKUP_COMMENT = re.compile(r"\{#(.*?)#\}|\{% comment %\}(.*?)\{% endcomment %\}", re.DOTALL)
MARKUP_CODE = re.compile(r"<(script|style|code|pre)\b.*?</\1>|\{\{.*?\}\}", re.DOTALL)
SHOWN_ATTRIBUTE = re.compile(r"\b(?:alt|aria-label|placeholder|title)=\"([^\"]*)\"")
QUOTED = re.compile(r"\"([^\"]*)\"")
TAG = re.compile(r"\{%.*?%\}|<[^>]*>", re.DOTALL)
COMMENTS = {".css": re.compile(r"/\*.*?\*/", re.DOTALL), ".js": re.compile(r"/\*.*?\*/|(?<![:\"'])//[^\n]*", re.DOTALL)}
READ = (".py", ".md", ".html", ".txt", ".css", ".js", ".yml", ".yaml", ".toml", ".sh")
DATA = ("tests/data/", "tests/openapi/", "devtools/demo/connectors/", "tests/witnesses/")


def said_in_python(source: str) -> Iterator[tuple[int, str]]:
    """Yield comments, docstrings and strings of more than one word, each with its line number."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and " " in token.string.strip()):
            yield from enumerate(CODE.sub("", token.string).splitlines(), start=token.start[0])


def said_in_markdown(source: str) -> Iterator[tuple[int, str]]:
    """Yield the lines outside of code."""
    fenced = False
    for number, line in enumerate(source.splitlines(), start=1):
        fenced ^= line.lstrip().startswith("```")
        if not fenced:
            yield number, CODE.sub("", LINK.sub("", line))


def said_in_template(source: str) -> Iterator[tuple[int, str]]:
    """Yield comments, text, attributes that are shown, and sentences that tags pass on."""

    def shown(match: re.Match[str]) -> str:
        tag = match[0]
        parts = [part for part in QUOTED.findall(tag) if " " in part] if tag[0] == "{" else SHOWN_ATTRIBUTE.findall(tag)
        return " ".join(["", *parts, ""]).replace("\n", " ") + "\n" * tag.count("\n")

    plain = MARKUP_COMMENT.sub(lambda match: f" {match[1] or match[2] or ''} ", source)
    plain = MARKUP_CODE.sub(lambda match: " x " + "\n" * match[0].count("\n"), plain)
    yield from enumerate(TAG.sub(shown, plain).splitlines(), start=1)


def said(name: str, source: str) -> Iterator[tuple[int, str]]:
    """Yield what a file says to people, line by line."""
    suffix = Path(name).suffix
    if suffix == ".py" or (not suffix and source.startswith("#!") and "python" in source.partition("\n")[0]):
        yield from said_in_python(source)
    elif suffix == ".md":
        yield from said_in_markdown(source)
    elif suffix == ".html":
        yield from said_in_template(source)
    elif suffix in COMMENTS:
        for match in COMMENTS[suffix].finditer(source):
            yield from enumerate(match[0].splitlines(), start=source.count("\n", 0, match.start()) + 1)
    else:
        yield from enumerate(source.splitlines(), start=1)


@cache
def found() -> tuple[tuple[str, int, str, str], ...]:
    """Return each word of the list with its file, its line and what to write instead."""
    faults = []
    for name, source in texts().items():
        if name.startswith(DATA) or not (name.endswith(READ) or name.startswith("bin/") or name == "Makefile"):
            continue
        lines = list(said(name, source))
        text = "\n".join(line for _, line in lines)
        for pattern, better in PATTERNS.items():
            for match in pattern.finditer(text):
                number, _ = lines[text.count("\n", 0, match.start())]
                faults.append((name, number, " ".join(match[0].split()), better))
    return tuple(faults)


def allowed(name: str, words: str) -> bool:
    return any(name.startswith(place) and exempt in ("", words.lower()) for place, exempt in ALLOWED)


def test_texts_use_none_of_the_words() -> None:
    faults = [
        f"{name}:{number}: {words!r}: {better}" for name, number, words, better in found() if not allowed(name, words)
    ]

    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("place", ALLOWED)
def test_an_allowed_place_needs_it(place: tuple[str, str]) -> None:
    assert any(name.startswith(place[0]) and place[1] in ("", words.lower()) for name, _, words, _ in found())


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("x.py", '"""Mend it."""\n'),
        ("x.py", "x = 1  # Whoever reads this.\n"),
        ("x.py", 'raise ValueError(f"{x} shall be a number")\n'),
        ("x.md", "Text\n```\nlicense\n```\nThe licence.\n"),
        ("x.html", "<p>Nobody can read it again, we neither.</p>"),
        ("x.html", '{% include "alert.html" with text="It is worthless." %}'),
        ("x.html", '<button title="The colour of it">x</button>'),
        ("x.html", "{# Set aside. #}"),
        ("x.css", "/* A sheet. */"),
        ("x.js", "run(); // it is told\n"),
    ],
)
def test_a_word_is_found_where_people_read_it(name: str, source: str) -> None:
    assert [line for _, line in said(name, source) if any(pattern.search(line) for pattern in PATTERNS)]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("x.py", 'licence = catalogue["licence"]\n'),
        ("x.md", "Check `licence` in [the text](docs/licence.md)."),
        ("x.html", '<aside class="sheet">{% url "catalogue" %}<p>Catalog</p></aside>'),
        ("x.css", ".sheet { color: grey; }"),
        ("x.html", '<h2 aria-labelledby="labelled">It signs you in.</h2>'),
    ],
)
def test_code_is_not_read(name: str, source: str) -> None:
    assert not [line for _, line in said(name, source) if any(pattern.search(line) for pattern in PATTERNS)]
