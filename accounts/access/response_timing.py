"""Signing up, and asking for a new password, take the same time whether the address is known or not."""

from __future__ import annotations

from time import monotonic, sleep
from typing import Any

from allauth.account.forms import ResetPasswordForm as LibraryResetPasswordForm
from allauth.account.forms import SignupForm as LibrarySignupForm
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest


class SignupForm(LibrarySignupForm):
    """The library's form, which answers alike for both; hashing the password made the difference."""

    def try_save(self, request: HttpRequest) -> Any:
        """Hash the password also when there is nobody to store it for."""
        if self.account_already_exists:
            make_password(self.cleaned_data.get("password1"))
        return super().try_save(request)


class ResetPasswordForm(LibraryResetPasswordForm):
    """The library's form, which answers alike for both; looking the account up made a difference of milliseconds."""

    SECONDS = 0.25
    """What asking takes at least: more than the work for any address. The mail is the worker's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.begun = monotonic()

    def save(self, request: HttpRequest, **kwargs: Any) -> Any:
        """Leave the mail to the worker, and wait until the time is over."""
        email = super().save(request, **kwargs)
        sleep(max(0.0, self.begun + self.SECONDS - monotonic()))
        return email
