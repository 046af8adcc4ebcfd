"""Numbers and ids in fields."""

from __future__ import annotations

from uuid import UUID

import pytest

from accounts.requests.fields import BIGINT, INTEGER, UnreadableField, identifier, number, whole

pytestmark = pytest.mark.security

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


ID = UUID("6f9619ff-8b86-4d01-b42d-00cf4fc964ff")
OTHER_FORMS = [f"{{{ID}}}", ID.urn, ID.hex, str(ID).upper(), f" {ID}", f"{ID}\n", f"uuid:{ID}", str(ID)[:-1] + "-f"]
"""The same id in forms in which none is given out."""


def test_an_id_is_read_as_it_is_given_out() -> None:
    assert identifier(str(ID)) == ID


@pytest.mark.parametrize("text", ["", "7", "not-an-id", "\0", "²", *OTHER_FORMS])
def test_nothing_else_is_an_id(text: str) -> None:
    assert identifier(text) is None
