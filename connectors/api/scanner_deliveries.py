"""The address to which a scanner with a webhook posts its SARIF."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from accounts.requests import envelope
from connectors.runs import scanner_deliveries


@csrf_exempt
def deliver(request: HttpRequest, token: str) -> HttpResponse:
    """Receive SARIF for a run: 204, or the envelope with 400, 404, 405, 409, 410 or 413.

    The token in the path authorizes the scanner, so there is no sign-in and no cookie. The body is read only after the
    token has been verified.
    """
    if request.method != "POST":
        answer = envelope.answer(405, "InvalidOperation", "Post SARIF to this address.")
        answer["Allow"] = "POST"
        return answer
    now = timezone.now()
    try:
        delivery = scanner_deliveries.waiting(token, now=now)
        data = request.read(settings.DELIVERY_MAX_MEMORY_SIZE + 1)
        if len(data) > settings.DELIVERY_MAX_MEMORY_SIZE:
            limit = settings.DELIVERY_MAX_MEMORY_SIZE // 1_000_000
            return envelope.answer(413, "InvalidJsonInput", f"The SARIF has more than {limit} MB.")
        scanner_deliveries.receive(delivery, data, now=now)
    except scanner_deliveries.Unknown:
        return envelope.answer(404, "ResourceNotFound", "There is nothing at this path.")
    except scanner_deliveries.Over:
        return envelope.answer(410, "ResourceNotFound", "This answer is no longer expected.")
    except scanner_deliveries.Taken:
        return envelope.answer(409, "InvalidOperation", "This answer has already been received.")
    except scanner_deliveries.Unusable as error:
        return envelope.answer(400, "InvalidJsonInput", str(error))
    return HttpResponse(status=204)
