"""Where to report a vulnerability of this installation: /.well-known/security.txt (RFC 9116)."""

from __future__ import annotations

from datetime import UTC, timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

FRESH = 3600
VALID = timedelta(days=90)
"""How long somebody may rely on a copy. The RFC recommends less than a year."""


@require_safe
@cache_control(public=True, max_age=FRESH)
def security_txt(request: HttpRequest) -> HttpResponse:
    """Name the operator's contacts, in the order of SECURITY_CONTACT; without any, there is no such file."""
    if not settings.SECURITY_CONTACT:
        raise Http404("This installation names no contact for vulnerabilities.")
    expires = (timezone.now() + VALID).astimezone(UTC).replace(microsecond=0, minute=0, second=0)
    lines = [
        *(f"Contact: {address}" for address in settings.SECURITY_CONTACT),
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {settings.PUBLIC_URL}{reverse('security_txt')}",
        *([f"Policy: {settings.SECURITY_POLICY_URL}"] if settings.SECURITY_POLICY_URL else []),
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
