"""Return every API failure in the contract's envelope: the exception handler, and the view for unknown paths."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from accounts.limits.counting import Exceeded
from accounts.requests import envelope, outages
from connectors.errors import ConnectorError, ResourceNotFound

logger = logging.getLogger(__name__)

CODES = {
    400: "InvalidJsonInput",
    401: "invalid_token",
    403: "insufficient_scope",
    404: "ResourceNotFound",
    405: "InvalidOperation",
    406: "InvalidOperation",
    413: "InvalidJsonInput",
    415: "InvalidJsonInput",
    429: "General",
}


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """Return the response for an exception in an API view. Unexpected ones are logged and reveal nothing."""
    set_rollback()
    if isinstance(error, Http404) and not isinstance(error, ConnectorError):
        error = ResourceNotFound()
    if isinstance(error, ConnectorError):
        return Response(envelope.body(error.status_code, error.entries()), status=error.status_code)
    if isinstance(error, Exceeded):
        return _response(429, CODES[429], str(error))
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, RequestDataTooBig):
        return _response(413, CODES[413], "The request body is too large.")
    if isinstance(error, SuspiciousOperation | BadRequest):
        return _response(400, CODES[400], "The request is not valid.")
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    logger.error("An API request failed.", exc_info=error)
    if outages.is_outage(error):
        response = _response(503, "General", outages.AWAY)
        response["Retry-After"] = str(outages.RETRY_SECONDS)
        return response
    return _response(500, "General", envelope.UNEXPECTED)


def _of_framework(error: exceptions.APIException) -> Response:
    status = error.status_code
    code = CODES.get(status, "General")
    detail = str(error.detail)
    extra = {"error": code, "error_description": detail} if status in {401, 403} else {}
    response = _response(status, code, detail, **extra)
    if challenge := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        response["Retry-After"] = str(int(wait) + 1)
    return response


def _response(status: int, code: str, message: str, **extra: Any) -> Response:
    entry = {"code": code, "message": message}
    if code == "InvalidJsonInput":
        entry["detailedErrorMessage"] = message
    return Response(envelope.body(status, [entry], **extra), status=status)


@csrf_exempt
def unknown_path(request: HttpRequest, *parts: str) -> HttpResponse:
    """Return 404 for an unknown path below the API's prefixes, for any method."""
    return envelope.answer(404, "ResourceNotFound", "There is nothing at this path.")
