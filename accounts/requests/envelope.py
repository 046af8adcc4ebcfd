"""The error envelope of every JSON response: `{"statusCode", "message", "errors": [{"code", "message", ...}]}`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, JsonResponse

CONNECTORS = "/connectors/"
API_PREFIXES = (CONNECTORS, "/oauth/", "/api/")
UNEXPECTED = "The server failed to answer. Report the correlation id to find out why."


def is_api(request: HttpRequest) -> bool:
    """Return whether the path belongs to the API, where sessions do not count and everything is JSON."""
    path = request.path_info
    return path.startswith(API_PREFIXES) or f"{path}/" in API_PREFIXES


def expects_json(request: HttpRequest) -> bool:
    """Return whether an error must be JSON: on the API's paths, and for programs that missed them."""
    return is_api(request) or request.headers.get("Authorization", "").lower().startswith("bearer ")


def body(status: int, errors: Sequence[Mapping[str, Any]], **extra: Any) -> dict[str, Any]:
    """Return the envelope, with the message of the first error."""
    return {"statusCode": status, "message": errors[0]["message"], "errors": [dict(e) for e in errors], **extra}


def answer(status: int, code: str, message: str, **extra: Any) -> JsonResponse:
    """Return a response with one error. `extra` is added to the envelope's own fields (RFC 6749 requires some)."""
    return JsonResponse(body(status, [{"code": code, "message": message}], **extra), status=status)
