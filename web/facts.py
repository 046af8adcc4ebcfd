"""The facts of a page: pairs of a label and a value, of which the rows of the fields make most."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings

from connectors.contract import fields
from connectors.contract.fields import Page
from connectors.models.content import Content
from validator.source import addresses


class FactKind(StrEnum):
    """How a value is set. Code and hashes have a button that copies them; a hash is short."""

    TEXT = "text"
    CODE = "code"
    HASH = "hash"


@dataclass(frozen=True)
class Fact:
    """One pair. Without a value it says `none`; `url` makes the value a link to another site."""

    label: str
    value: object
    kind: FactKind = FactKind.TEXT
    url: str = ""
    none: str = "None"


def of_fields(content: Content, page: Page) -> list[Fact]:
    """Return the facts of a draft or a production Connector that the rows of its fields make."""
    return [
        Fact(
            row.named,
            text := row.text(content),
            kind=FactKind.CODE if row.code else FactKind.TEXT,
            url=text if row.link else "",
            none=row.none,
        )
        for row in fields.facts(page)
    ]


def repository(content: Content) -> Fact:
    """Return where the code is; a link to it, unless its host is not allowed any more."""
    try:
        page = addresses.web_url(content.repository_url, allowed_hosts=settings.GIT_HOSTS)
    except ValueError:
        page = ""
    return Fact("Repository", content.repository_url, url=page)
