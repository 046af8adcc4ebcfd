"""Colors of code: what stands where, and that nobody waits for them."""

from __future__ import annotations

import time

import pytest

from certification.comparison import syntax_colors


def kinds(text: str, path: str) -> dict[str, str]:
    """Return the kind of each colored piece."""
    return {piece: kind for line in syntax_colors.lines(text, path=path) for kind, piece in line if kind}


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.ts", "return `a ${1.5}`; // b", {"return": "k", "1.5": "num", "// b": "comment"}),
        ("src/a.js", "const a = 'b'", {"const": "k", "'b'": "str"}),
        ("a.json", '{"a": 1, "b": true}', {'"a"': "str", "1": "num", "true": "k"}),
        ("a.py", "@d\ndef f(a):\n    return 'b'", {"@d": "fn", "def": "k", "f": "fn", "'b'": "str"}),
        ("A.java", 'String a = "b"; // c', {'"b"': "str", "// c": "comment"}),
        ("connect.yaml", 'deployAs: "x" # y', {"deployAs": "fn", '"x"': "str", "# y": "comment"}),
        ("a.xml", "<a><!-- b --></a>", {"<a>": "fn", "<!-- b -->": "comment", "</a>": "fn"}),
    ],
)
def test_pieces_are_named_for_what_they_are(path: str, text: str, expected: dict[str, str]) -> None:
    found = kinds(text, path)

    assert {piece: found.get(piece) for piece in expected} == expected


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.js", "/* a\nb\nc */ let d"),
        ("A.java", "class A {}\n/** a\n * b\n */"),
        ("a.py", 'a = """b\nc\nd"""\n'),
        ("a.php", "$a = 1; /* b\n c */"),
        ("a.yaml", "a: |\n  b\n\n  c\nd: 1\n"),
        ("a.css", "a { color: red; }\n/* b\n*/"),
        ("a.js", "let a = '\u00e9\u2028'\r\n\tlet b"),
        ("a.js", "'unfinished\n`also\n${ x"),
    ],
)
def test_pieces_of_a_line_are_its_text(path: str, text: str) -> None:
    found = syntax_colors.lines(text, path=path)

    assert ["".join(piece for _, piece in line) for line in found] == text.split("\n")


def test_comment_over_lines_is_one_in_each_line_and_ends() -> None:
    found = syntax_colors.lines("let a /* b\nlet c\nd */ let e", path="a.js")

    assert found[0][-1] == ("comment", "/* b")
    assert found[1] == (("comment", "let c"),)
    assert (found[2][0], found[2][2]) == (("comment", "d */"), ("k", "let"))


def test_text_that_looks_like_a_comment_within_a_string_begins_none() -> None:
    found = syntax_colors.lines("a = '/*'\nlet b", path="a.js")

    assert found[1][0] == ("k", "let")


def test_string_over_lines_is_one_in_each_line() -> None:
    found = syntax_colors.lines('a = """b\nreturn\n"""', path="a.py")

    assert found[1] == (("str", "return"),)


@pytest.mark.parametrize("path", ["README", "a.unknown", "LICENSE.txt", "js", ".js"])
def test_language_that_is_not_known_has_no_colors(path: str) -> None:
    assert syntax_colors.lines("let a = 1", path=path) == ()


def test_large_text_and_long_line_have_no_colors() -> None:
    long = "a" * (syntax_colors.LONGEST_LINE + 1)

    assert syntax_colors.lines("a\n" * (syntax_colors.LARGEST // 2 + 1), path="a.js") == ()
    assert syntax_colors.lines(f"{long}\nlet b", path="a.js") == [(), (("k", "let"), ("", " b"))]


@pytest.mark.parametrize("path", ["a.java", "a.js", "a.ts", "a.php", "a.css", "a.yaml", "a.xml", "a.py"])
@pytest.mark.parametrize("unit", ["a ", "/*é@", "=/*,", "<?", "a\\", "{"])
def test_hostile_text_takes_a_bounded_time(path: str, unit: str) -> None:
    line = (unit * syntax_colors.LONGEST_LINE)[: syntax_colors.LONGEST_LINE]
    text = "\n".join([line] * (syntax_colors.LARGEST // (len(line) + 1)))
    started = time.thread_time()

    syntax_colors.lines(text, path=path)

    assert time.thread_time() - started < 3 * syntax_colors.SECONDS
