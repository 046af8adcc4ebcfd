"""What somebody typed into a form that was refused as a whole, for a page that sends it again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast

from django import forms
from django.http import HttpRequest, QueryDict

SECRET = re.compile("password|secret|token|code|credential|csrf", re.IGNORECASE)
"""Fields that no page repeats. A form that has one is typed again."""

SHORT = 40
"""How many characters a field may have that is not shown."""


@dataclass(frozen=True)
class TypedField:
    """A field as it was sent. What is long was written, and is shown so that it can be copied."""

    name: str
    value: str

    @property
    def written(self) -> bool:
        """Whether a person wrote it."""
        return len(self.value) > SHORT or "\n" in self.value


class AnyForm(forms.Form):
    """A form of which nothing is known but what was sent."""

    def sent(self) -> list[tuple[str, str]]:
        """Return the fields with their values, one pair for each value."""
        data = cast(QueryDict, self.data)
        return [(name, value) for name, values in data.lists() for value in values]


def fields(request: HttpRequest) -> list[TypedField] | None:
    """Return the fields of a form, to send them again; None for a request that sends no form, a file or a secret."""
    if request.method != "POST" or request.FILES:
        return None
    sent = AnyForm(request.POST).sent()
    if any(SECRET.search(name) and value for name, value in sent if name not in OURS):
        return None
    return [TypedField(name, value) for name, value in sent if name != CSRF]


CSRF = "csrfmiddlewaretoken"
OURS = frozenset({CSRF, "token"})
"""Fields of the portal's own: against forged requests, and against sending a form twice."""
