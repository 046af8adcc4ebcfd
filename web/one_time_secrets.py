"""Secrets between the POST that makes them and the page that shows them, once.

The POST answers with a redirect, so that loading the page again makes nothing again. Meanwhile the secret is in the
session, sealed; the first page that shows it takes it out, and one that was never shown expires after some minutes.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone

from accounts import sealing

KEY = "shown_once"
PURPOSE = "accounts.once"
KEPT = timedelta(minutes=5)


def keep(session: SessionBase, *, place: str, secret: dict[str, Any]) -> None:
    """Keep what a page will show once; `place` names the page and the thing. One is kept at a time: the last."""
    text = json.dumps({"place": place, "until": (timezone.now() + KEPT).timestamp(), "secret": secret})
    session[KEY] = sealing.seal(text, purpose=PURPOSE)


def take(session: SessionBase, *, place: str) -> dict[str, Any] | None:
    """Return what is kept for this place, and forget it; None when there is nothing, or it waited too long."""
    if KEY not in session:
        return None
    try:
        kept = json.loads(sealing.unseal(session[KEY], purpose=PURPOSE))
    except sealing.Broken:
        kept = {"until": 0}
    fresh = kept["until"] > timezone.now().timestamp()
    if fresh and kept["place"] != place:
        return None
    del session[KEY]
    return kept["secret"] if fresh else None
