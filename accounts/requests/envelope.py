"""The error envelope of every JSON answer: `{"statusCode", "message", "errors": [{"code", "message", ...}]}`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, JsonResponse

CONNECTORS = "/connectors/"
API_PREFIXES = (CONNECTORS, "/oauth/", "/api/")
UNEXPECTED = "The server could not answer; the correlation id helps us to find out why."


def is_api(request: HttpRequest) -> bool:
    """Tell whether the path is one of the API's, where no session counts and everything is JSON."""
    path = request.path_info
    return path.startswith(API_PREFIXES) or f"{path}/" in API_PREFIXES


def expects_json(request: HttpRequest) -> bool:
    """Tell whether a failure is to be told as JSON: on the API's paths, and to a program that missed them."""
    return is_api(request) or request.headers.get("Authorization", "").lower().startswith("bearer ")


def body(status: int, errors: Sequence[Mapping[str, Any]], **extra: Any) -> dict[str, Any]:
    """Return the envelope; its message is that of the first error."""
    return {"statusCode": status, "message": errors[0]["message"], "errors": [dict(e) for e in errors], **extra}


def answer(status: int, code: str, message: str, **extra: Any) -> JsonResponse:
    """Return an error answer with one error. `extra` stands beside the envelope's own fields (RFC 6749 wants some)."""
    return JsonResponse(body(status, [{"code": code, "message": message}], **extra), status=status)
