"""Make sign-up and password reset take the same time for known and unknown addresses."""

from __future__ import annotations

from time import monotonic, sleep
from typing import Any

from allauth.account.forms import ResetPasswordForm as LibraryResetPasswordForm
from allauth.account.forms import SignupForm as LibrarySignupForm
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest


class SignupForm(LibrarySignupForm):
    """The library's form, which answers the same for both; only hashing the password made a difference in time."""

    def try_save(self, request: HttpRequest) -> Any:
        """Hash the password even when no account is created."""
        if self.account_already_exists:
            make_password(self.cleaned_data.get("password1"))
        return super().try_save(request)


class ResetPasswordForm(LibraryResetPasswordForm):
    """The library's form, which answers the same for both; looking up the account made a difference of milliseconds."""

    SECONDS = 0.25
    """The minimum duration: more than the work for any address. The worker sends the mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.begun = monotonic()

    def save(self, request: HttpRequest, **kwargs: Any) -> Any:
        """Queue the mail for the worker, and wait for the minimum duration."""
        email = super().save(request, **kwargs)
        sleep(max(0.0, self.begun + self.SECONDS - monotonic()))
        return email
