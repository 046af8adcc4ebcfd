"""The badge for the pages of a Connector's creator, and the certificate that it links to."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from certification.certificates import certificates, signatures
from connectors.models import Connector
from web import facts
from web.facts import Fact, FactKind

LABEL = "connector"
LONGEST_TAG = 24
SIGN_WIDTH, PADDING = 6.7, 10
FRESH = 300


@require_safe
@cache_control(public=True, max_age=FRESH)
def badge(request: HttpRequest, id: UUID) -> HttpResponse:
    """Draw the badge. Unknown, private and uncertified Connectors look the same."""
    connector = certificates.certified(id)
    valid = connector is not None and certificates.state_of(connector) is certificates.State.VALID
    text = _text(connector)
    left, right = _width(LABEL), _width(text)
    context = {
        "label": LABEL,
        "text": text,
        "certified": valid,
        "left": left,
        "right": right,
        "width": left + right,
        "label_at": left / 2,
        "text_at": left + right / 2,
    }
    return render(request, "catalog/badge.svg", context, content_type="image/svg+xml")


def _text(connector: Connector | None) -> str:
    if connector is None:
        return "not certified"
    state = certificates.state_of(connector)
    if state is not certificates.State.VALID:
        return state.value
    tag = connector.repository_tag
    return f"certified {tag if len(tag) <= LONGEST_TAG else tag[: LONGEST_TAG - 1] + '…'}"


def _width(text: str) -> float:
    return round(len(text) * SIGN_WIDTH + 2 * PADDING, 1)


@require_safe
def certificate(request: HttpRequest, id: UUID) -> HttpResponse:
    """Show the certificate to people. It is not cached: its header names the person who is signed in."""
    found = certificates.get_valid(id)
    if found is None:
        raise Http404("There is no valid certificate.")
    connector = found.connector
    shown = [
        facts.repository(connector),
        Fact("Tag", connector.repository_tag),
        Fact("Commit", connector.commit, kind=FactKind.CODE),
        Fact("Tree", connector.tree, kind=FactKind.CODE),
        Fact("Rule pack", found.rule_pack, kind=FactKind.HASH),
    ]
    keys_url = settings.PUBLIC_URL + reverse("keys")
    context = {"certificate": found, "connector": connector, "facts": shown, "keys_url": keys_url}
    return render(request, "catalog/certificate.html", context)


@require_safe
@cache_control(public=True, max_age=FRESH)
def certificate_document(request: HttpRequest, id: UUID) -> HttpResponse:
    """Show the certificate to machines."""
    found = certificates.get_valid(id)
    return _none() if found is None else JsonResponse(found.document())


@require_safe
@cache_control(public=True, max_age=FRESH)
def signed_certificate(request: HttpRequest, id: UUID) -> HttpResponse:
    """Hand out the certificate with a signature, to be verified offline."""
    found = certificates.get_valid(id)
    if found is None:
        return _none()
    return HttpResponse(signatures.sign(found.document()), content_type="application/jose")


def _none() -> JsonResponse:
    return JsonResponse({"statusCode": 404, "message": "There is no valid certificate."}, status=404)


@require_safe
@cache_control(public=True, max_age=FRESH)
def keys(request: HttpRequest) -> HttpResponse:
    """Publish the keys that signed certificates are verified with."""
    return JsonResponse(signatures.key_set(), content_type="application/jwk-set+json")
