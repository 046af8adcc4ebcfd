"""YAML 1.2 as nodes: what scalars mean, what is refused, and where problems stand."""

from __future__ import annotations

import pytest

from tests.processor import costs_at_most
from validator.specification import yaml_reader
from validator.specification.yaml_reader import DocumentError, Node, YamlProblem

pytestmark = pytest.mark.security


def scalar(text: str) -> Node:
    return yaml_reader.load(f"key: {text}\n".encode()).fields["key"]


def problems(text: str | bytes) -> tuple[YamlProblem, ...]:
    with pytest.raises(DocumentError) as caught:
        yaml_reader.load(text.encode() if isinstance(text, str) else text)
    return caught.value.problems


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        *(("yes", "string", "yes"), ("no", "string", "no"), ("on", "string", "on"), ("=", "string", "=")),
        *(
            ("true", "boolean", True),
            ("False", "boolean", False),
            ("TRUE", "boolean", True),
            ("tRUE", "string", "tRUE"),
        ),
        *(("", "null", None), ("~", "null", None), ("null", "null", None), ("nULL", "string", "nULL")),
        *(
            ("010", "number", 10),
            ("0o17", "number", 15),
            ("0x1F", "number", 31),
            ("-3", "number", -3),
            ("+4", "number", 4),
        ),
        *(("1e3", "number", 1000), ("5.", "number", 5), (".5", "number", 0.5), (".inf", "number", float("inf"))),
        *(("1_000", "string", "1_000"), ("12:30:45", "string", "12:30:45"), ("2001-12-14", "string", "2001-12-14")),
        *(("'5'", "string", "5"), ('"true"', "string", "true"), ("! 12", "string", "12"), ("!!str 12", "string", "12")),
        *(("!secret abc", "string", "abc"), ("!!int '7'", "number", 7), ("!!float 3", "string", "3")),
        *(("!!binary aGk=", "other", "aGk="), ("!!timestamp 2001-01-01", "other", "2001-01-01")),
        *(
            ("0x" + "f" * 60, "number", float("inf")),
            ("9" * 400, "number", float("inf")),
            ("2001-13-45", "string", "2001-13-45"),
        ),
    ],
)
def test_a_scalar_means_what_the_core_schema_says(text: str, kind: str, value: object) -> None:
    node = scalar(text)

    assert (node.kind, node.value) == (kind, value)


def test_nodes_and_keys_remember_their_places() -> None:
    root = yaml_reader.load(b"one: 1\nlist:\n  - a\n  - {b: c}\n")

    assert root.keys == {"one": (1, 1), "list": (2, 1)}
    second = root.fields["list"].items[1]
    assert (second.kind, second.line, second.column) == ("object", 4, 5)


def test_a_byte_order_mark_and_carriage_returns_are_no_error() -> None:
    root = yaml_reader.load(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")

    assert root.keys == {"a": (1, 1), "b": (2, 1)}


def test_signs_that_ended_lines_in_older_yaml_stay_in_their_text() -> None:
    assert scalar("a\u2028b\x85c").value == "a\u2028b\x85c"


def test_a_block_of_text_at_the_end_of_the_file_ends_in_a_line_break() -> None:
    assert yaml_reader.load(b"a: |\n  one\n  two").fields["a"].value == "one\ntwo\n"


def test_blank_lines_and_comments_may_begin_with_a_tab() -> None:
    root = yaml_reader.load(b"a: 1\n\t\n \t# comment\nb: 2\n")

    assert sorted(root.fields) == ["a", "b"]


def test_every_duplicate_key_is_reported_with_its_place() -> None:
    found = problems("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n")

    assert [(problem.line, problem.column, problem.path) for problem in found] == [(4, 3, "b.c"), (5, 1, "a")]


def test_an_alias_is_reported_once_by_name_and_never_followed() -> None:
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))

    with costs_at_most(2):
        found = problems("a0: &a0 lol\n" + levels)

    assert len(found) == 9
    assert "*a0" in found[0].message


@pytest.mark.parametrize(
    "text", ["[" * 50_000, "{" * 50_000, "- " * 50_000, "? " * 50_000, "a: " + "[" * 60 + "]" * 60]
)
def test_deep_nesting_is_refused_in_a_moment(text: str) -> None:
    with costs_at_most(2):
        found = problems(text)

    assert any("nested" in problem.message for problem in found)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        (b"a: 1\nb: caf\xe9\n", 2, 7),
        (b"a: 1\nb: \x07\n", 2, 4),
        (b"\xff\xfea\x00:\x00", 1, 1),
        (b"a: @daily\n", 1, 4),
        (b"a: %done\n", 1, 4),
        (b"a: b: c\n", 1, 5),
        (b"a:\n\t- b\n", 2, 1),
        (b"a: 'open\n", 2, 1),
        (b"a: *missing\n", 1, 4),
        (b"a: 1\n---\nb: 2\n", 2, 1),
        (b"? [a, b]\n: c\n", 1, 3),
        (b"a:\n  b: 'x\n  y'\n", 3, 3),
        (b"a:\n  b: [\n  x\n]\n", 3, 3),
    ],
)
def test_a_problem_names_line_and_column(text: bytes, line: int, column: int) -> None:
    first = problems(text)[0]

    assert (first.line, first.column) == (line, column)
    assert first.message.endswith(".")


def test_a_closing_bracket_may_stand_below_its_key() -> None:
    root = yaml_reader.load(b"a: {\n  b: [\n    c\n  ]\n}\n")

    assert root.fields["a"].fields["b"].items[0].value == "c"


def test_a_text_that_is_too_large_is_refused_before_it_is_read() -> None:
    found = problems(b"a: " + b"x" * yaml_reader.MAX_BYTES)

    assert "too large" in found[0].message


def test_a_flood_of_problems_is_cut_off() -> None:
    assert len(problems("a: 1\n" * 10_000)) == yaml_reader.MAX_PROBLEMS


@pytest.mark.parametrize("text", [b"", b"# nothing\n", b"---\n...\n"])
def test_an_empty_text_is_null(text: bytes) -> None:
    assert yaml_reader.load(text).kind == "null"
