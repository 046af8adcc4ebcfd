"""Content negotiation: JSON for every client that does not refuse it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

UNCHOOSY = frozenset({"*/*", "application/json", "application/json, */*"})
"""What nearly every client accepts; anything else is parsed according to RFC 9110."""


class JsonOnly(DefaultContentNegotiation):
    """The framework's negotiation, without parsing where there is nothing to choose."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> Any:
        """Return the renderer and its media type; raise NotAcceptable when the client does not accept JSON."""
        first, *others = renderers
        if not others and request.META.get("HTTP_ACCEPT", "*/*") in UNCHOOSY:
            return first, first.media_type
        return super().select_renderer(request, [first, *others], format_suffix)
