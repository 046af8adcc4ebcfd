"""The request of somebody who is signed in."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.models import User


class SignedInRequest(HttpRequest):
    """A request behind `login_required`: its `user` is a person. For annotations only; Django makes the object."""

    user: User
