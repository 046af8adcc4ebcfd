"""The API clients of a Project. A secret is shown on the page that answers its making, and never again."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import clients
from accounts.clients import Credentials
from accounts.models import ApiClient
from accounts.project_forms import ClientForm
from accounts.requests import SignedInRequest
from accounts.views import access
from accounts.views.access import Place

INVALID = 422


@login_required
@require_safe
def index(request: SignedInRequest, key: str) -> HttpResponse:
    """Show the clients, and the form of a new one."""
    return _page(request, access.find(request.user, key, action="client:read"))


@login_required
@require_POST
@never_cache
def create(request: SignedInRequest, key: str) -> HttpResponse:
    """Make a client and show its secret."""
    place = access.find(request.user, key, action="client:write")
    form = ClientForm(request.POST)
    if not form.is_valid():
        return _page(request, place, form=form, status=INVALID)
    made = clients.create(
        place.project,
        by=place.actor,
        scopes=[form.cleaned_data["scope"]],
        name=form.cleaned_data["name"],
        created_by=request.user,
    )
    return _page(request, place, made=made)


@login_required
@require_POST
@never_cache
def rotate(request: SignedInRequest, key: str, client_id: int) -> HttpResponse:
    """Replace a secret and show the new one."""
    place = access.find(request.user, key, action="client:write")
    row = _client(place, client_id)
    return _page(request, place, made=clients.rotate(row, by=place.actor))


@login_required
@require_POST
def disable(request: SignedInRequest, key: str, client_id: int) -> HttpResponse:
    """Make a client's secret and tokens worthless."""
    place = access.find(request.user, key, action="client:write")
    row = _client(place, client_id)
    clients.disable(row, by=place.actor)
    messages.success(request, f"{row.name} is revoked. Its secret and its tokens are worthless from now on.")
    return redirect("project_clients", key)


def _client(place: Place, client_id: int) -> ApiClient:
    rows = place.project.api_clients.select_related("client", "project").filter(disabled_at=None)
    return get_object_or_404(rows, pk=client_id)


def _page(
    request: SignedInRequest,
    place: Place,
    *,
    form: ClientForm | None = None,
    made: Credentials | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = place.project.api_clients.select_related("client", "created_by")
    context = {"clients": rows, "form": form or ClientForm(), "made": made}
    return render(request, "accounts/clients.html", {**place.context(), **context}, status=status)
