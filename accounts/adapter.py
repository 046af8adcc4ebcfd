"""How django-allauth behaves here."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Anybody may sign up; the address of a caller is taken from the connection when no proxy is trusted."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the caller's address, or an empty string where there is none (a unit test, a Unix socket)."""
        try:
            return str(super().get_client_ip(request))
        except PermissionDenied:
            return ""
