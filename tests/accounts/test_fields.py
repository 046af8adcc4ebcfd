"""Numbers in fields."""

from __future__ import annotations

import pytest

from accounts.fields import BIGINT, INTEGER, UnreadableField, number, whole

UNREADABLE = ["²", "٣", "-1", "+1", "1.0", "1e3", "0x1", "1_000", "9" * 20, "9" * 5000, str(BIGINT + 1), "a\0"]


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("007", 7), (str(BIGINT), BIGINT), ("", None), (None, None)])
def test_ascii_digits_are_a_number(text: str | None, value: int | None) -> None:
    assert whole(text) == value


@pytest.mark.parametrize("text", [*UNREADABLE, " 1"])
def test_anything_else_is_none(text: str) -> None:
    assert whole(text) is None


def test_more_than_the_column_holds_is_none() -> None:
    assert whole(str(INTEGER + 1), largest=INTEGER) is None


@pytest.mark.parametrize(("sent", "value"), [({}, None), ({"line": " "}, None), ({"line": " 12\n"}, 12)])
def test_a_field_holds_a_number_or_nothing(sent: dict[str, str], value: int | None) -> None:
    assert number(sent, "line") == value


@pytest.mark.parametrize("text", UNREADABLE)
def test_a_field_with_anything_else_is_refused_by_name(text: str) -> None:
    with pytest.raises(UnreadableField, match="“line” is not a whole number"):
        number({"line": text}, "line")
