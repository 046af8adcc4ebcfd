"""What every page knows."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.access.permissions import may
from accounts.requests import cookies
from web.segments import Segment

THEMES = {"light", "dark"}


def portal(request: HttpRequest) -> dict[str, Any]:
    """Return the theme that the person chose, what the navigation may show, and the demo's credentials."""
    user = getattr(request, "user", None)
    cookie = request.COOKIES.get(cookies.named("theme"), "")
    theme = cookie if cookie in THEMES else ""
    return {
        "theme": theme,
        "theme_cookie": cookies.named("theme"),
        "themes": [
            Segment("Light", theme == "light", name="theme", value="light", icon="sun"),
            Segment("Dark", theme == "dark", name="theme", value="dark", icon="moon"),
            Segment("System", not theme, name="theme", value="system", icon="device-desktop"),
        ],
        "sees_reviews": user is not None and may(user, "review:read"),
        "sees_admin": user is not None and user.is_active and user.is_staff,
        "demo": demo_accounts() if settings.DEMO else None,
    }


def demo_accounts() -> dict[str, Any] | None:
    """Return the demo world's names and passwords; None before it was made."""
    path = settings.VAR_DIR / "demo" / "accounts.json"
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None
