"""Words in several columns, on the database that the tests run on."""

from __future__ import annotations

import pytest

from connectors.models import ConnectorStaged
from database import texts
from tests import factory

pytestmark = pytest.mark.django_db

COLUMNS = ("name", "key", "description")


def found(*words: str) -> list[str]:
    rows = ConnectorStaged.objects.filter(texts.has_all(COLUMNS, words))
    return [*rows.order_by("name").values_list("name", flat=True)]


@pytest.fixture(autouse=True)
def drafts() -> None:
    factory.draft(name="Acme Payments", key="acme-pay", description="Cards\nand wallets, 100 % Größe")
    factory.draft(name="Tax_es", key=None, description="")


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("acme",), ["Acme Payments"]),
        (("ACME", "wallet"), ["Acme Payments"]),
        (("acme", "tax"), []),
        (("a",), ["Acme Payments", "Tax_es"]),
        (("%",), ["Acme Payments"]),
        (("x_e",), ["Tax_es"]),
        (("a_me",), []),
        (("\\",), []),
        (("paymentsacme",), []),
        (("acme'; --",), []),
        ((), ["Acme Payments", "Tax_es"]),
        (tuple("acmepyts"), ["Acme Payments"]),
    ],
)
def test_each_word_is_in_one_of_the_columns(words: tuple[str, ...], names: list[str]) -> None:
    assert found(*words) == names
