"""What somebody typed into a form that was refused as a whole, for a page that sends it again."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.http import HttpRequest

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


def fields(request: HttpRequest) -> list[TypedField] | None:
    """Return the fields of a form, to send them again; None for a request that sends no form, a file or a secret."""
    if request.method != "POST" or request.FILES:
        return None
    sent = [(name, value) for name, values in request.POST.lists() for value in values]
    if any(SECRET.search(name) and value for name, value in sent if name not in OURS):
        return None
    return [TypedField(name, value) for name, value in sent if name != CSRF]


CSRF = "csrfmiddlewaretoken"
OURS = frozenset({CSRF, "token"})
"""Fields of the portal's own: against forged requests, and against sending a form twice."""
