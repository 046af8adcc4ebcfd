"""Send somebody the link with which they choose a new password: no operator ever knows one."""

from __future__ import annotations

from allauth.account.forms import ResetPasswordForm
from django.http import HttpRequest

from accounts import events
from accounts.actors import Actor
from accounts.models import User


def send(request: HttpRequest, user: User, *, by: Actor) -> None:
    """Queue the mail with the link to the person's own address, and record who sent it.

    Raises ValueError for an account that is not active, or whose address no mail can go to.
    """
    form = ResetPasswordForm({"email": user.email})
    if not user.is_active or not form.is_valid():
        raise ValueError("No link was sent: the account is not active.")
    form.save(request)
    events.record("user:password-link-sent", by=by, subject_type="user", subject_id=user.pk, subject_label=user.email)
