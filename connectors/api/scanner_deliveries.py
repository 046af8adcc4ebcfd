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
    """Take SARIF for a run: 204, or the envelope with 400, 404, 405, 409, 410 or 413.

    The token in the path is the scanner's right to answer, so no one is signed in and no cookie counts. The body is
    looked at only after the token was found good.
    """
    if request.method != "POST":
        answer = envelope.answer(405, "InvalidOperation", "SARIF is posted to this address.")
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
        return envelope.answer(410, "ResourceNotFound", "Nobody waits for this answer any more.")
    except scanner_deliveries.Taken:
        return envelope.answer(409, "InvalidOperation", "There is an answer already.")
    except scanner_deliveries.Unusable as error:
        return envelope.answer(400, "InvalidJsonInput", str(error))
    return HttpResponse(status=204)
