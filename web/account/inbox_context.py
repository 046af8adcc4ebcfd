"""The numbers in every page's header: unread notifications and escalated reviews."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from certification.desk import review_queue
from certification.notifications import inbox


def unread(request: HttpRequest) -> dict[str, Any]:
    """Return the number beside the bell, computed only if the page shows it."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"unread": SimpleLazyObject(lambda: inbox.unread(cast(User, user)))}


def escalated(request: HttpRequest) -> dict[str, Any]:
    """Return the number beside the queue in the navigation: reviews escalated to this person."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"escalated": SimpleLazyObject(lambda: review_queue.escalated(cast(User, user), now=timezone.now()))}
