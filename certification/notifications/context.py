"""What every page shows of the inbox."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from certification.notifications import inbox


def unread(request: HttpRequest) -> dict[str, Any]:
    """Return the number beside the bell; asked only where a page draws it."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"unread": SimpleLazyObject(lambda: inbox.unread(cast(User, user)))}
