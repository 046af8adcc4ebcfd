"""The API clients of a Project. A secret is shown only once, on the page after it was created."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.factors import second_factors
from accounts.factors.second_factors import NoSecondFactor
from accounts.models import ApiClient
from accounts.projects import clients
from accounts.projects.clients import Credentials
from accounts.sessions import proofs
from web import one_time_secrets
from web.projects import access
from web.projects.access import Place
from web.projects.forms import ClientForm
from web.requests import SignedInRequest, require_POST

INVALID = 422


@login_required
@require_safe
@never_cache
def index(request: SignedInRequest, key: str) -> HttpResponse:
    """Show the clients, the form for a new one, and once the secret that was just created."""
    place = access.find(request.user, key, action="client:read")
    made = one_time_secrets.take(request.session, place=_kept_for(place)) if request.method == "GET" else None
    return _page(request, place, made=made)


@login_required
@require_POST
@proofs.required
def create(request: SignedInRequest, key: str) -> HttpResponse:
    """Create a client, and redirect to the page that shows its secret."""
    place = access.find(request.user, key, action="client:write")
    form = ClientForm(request.POST)
    if not form.is_valid():
        return _page(request, place, form=form, status=INVALID)
    return _making(
        request,
        place,
        lambda: clients.create(
            place.project,
            by=place.actor,
            scopes=[form.cleaned_data["scope"]],
            name=form.cleaned_data["name"],
            created_by=request.user,
        ),
    )


@login_required
@require_POST
@proofs.required
def rotate(request: SignedInRequest, key: str, client_id: int) -> HttpResponse:
    """Replace a secret, and redirect to the page that shows the new one."""
    place = access.find(request.user, key, action="client:write")
    row = _client(place, client_id)
    return _making(request, place, lambda: clients.rotate(row, by=place.actor))


@login_required
@require_POST
@proofs.required
def disable(request: SignedInRequest, key: str, client_id: int) -> HttpResponse:
    """Revoke a client: its secret and tokens stop working."""
    place = access.find(request.user, key, action="client:write")
    row = _client(place, client_id)
    clients.disable(row, by=place.actor)
    messages.success(request, f"{row.name} revoked. Its secret and tokens no longer work.")
    return redirect("project_clients", key)


def _making(request: SignedInRequest, place: Place, verb: Callable[[], Credentials]) -> HttpResponse:
    """Make a secret and lead to the page that shows it, or show the page that says what it needs."""
    try:
        return _shown(request, place, verb())
    except NoSecondFactor:
        return _page(request, place, status=INVALID)


def _shown(request: SignedInRequest, place: Place, made: Credentials) -> HttpResponse:
    secret = {"client_id": made.client_id, "client_secret": made.client_secret, "scopes": made.scopes}
    one_time_secrets.keep(request.session, place=_kept_for(place), secret=secret)
    return redirect("project_clients", place.project.key)


def _kept_for(place: Place) -> str:
    return f"clients of {place.project.pk}"


def _client(place: Place, client_id: int) -> ApiClient:
    rows = place.project.api_clients.select_related("client", "project").filter(disabled_at=None)
    return get_object_or_404(rows, pk=client_id)


def _page(
    request: SignedInRequest,
    place: Place,
    *,
    form: ClientForm | None = None,
    made: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = place.project.api_clients.select_related("client", "created_by")
    needs_factor = not second_factors.submitting(place.actor)
    context = {"clients": rows, "form": form or ClientForm(), "made": made, "needs_factor": needs_factor}
    return render(request, "projects/clients.html", {**place.context(), **context}, status=status)
