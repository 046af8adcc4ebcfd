"""Signing up takes the same time whether the address is known or not."""

from __future__ import annotations

from typing import Any

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
