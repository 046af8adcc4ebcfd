"""How django-allauth behaves here."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts import sealing, second_factor

PURPOSE = "second factor"


class AccountAdapter(DefaultAccountAdapter):
    """Anybody may sign up; the address of a caller is taken from the connection when no proxy is trusted."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the caller's address, or an empty string where there is none (a unit test, a Unix socket)."""
        try:
            return str(super().get_client_ip(request))
        except PermissionDenied:
            return ""


class MfaAdapter(DefaultMFAAdapter):
    """Second factors: their secrets are encrypted, and who needs one cannot remove the last."""

    def encrypt(self, text: str) -> str:
        """Return a secret as it is stored."""
        return sealing.seal(text, purpose=PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """Return a stored secret."""
        return sealing.unseal(encrypted_text, purpose=PURPOSE)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Keep the last second factor of somebody whose role needs one."""
        user = authenticator.user
        if authenticator.type not in second_factor.FACTORS or not second_factor.needed_by(user):
            return True
        return second_factor.has_one(user, but=authenticator)
