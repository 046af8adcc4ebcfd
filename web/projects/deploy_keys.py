"""The deploy keys of a Project. Only public keys are ever shown."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts.limits.counting import Exceeded
from accounts.projects import deploy_keys
from accounts.projects.deploy_keys import InvalidDeployKey
from accounts.sessions import proofs
from web.projects import access
from web.projects.access import Place
from web.projects.forms import DeployKeyForm
from web.requests import SignedInRequest, require_POST


@login_required
@require_safe
def index(request: SignedInRequest, key: str) -> HttpResponse:
    """Show the keys, and how to add them at the Git host."""
    place = access.find(request.user, key, action="client:read")
    form = DeployKeyForm(initial={"repository": request.GET.get("repository", "")[:220]})
    return _page(request, place, form=form)


@login_required
@require_POST
@proofs.required
def create(request: SignedInRequest, key: str) -> HttpResponse:
    """Create a key pair."""
    place = access.find(request.user, key, action="client:write")
    form = DeployKeyForm(request.POST)
    if form.is_valid():
        try:
            deploy_keys.create(
                place.project,
                repository=form.cleaned_data["repository"],
                by=place.actor,
                created_by=request.user,
            )
        except (InvalidDeployKey, Exceeded) as error:
            form.add_error("repository", str(error))
        else:
            messages.success(request, "Key created. Copy its public key to the Git host.")
            return redirect("project_keys", key)
    return _page(request, place, form=form, status=422)


@login_required
@require_POST
@proofs.required
def remove(request: SignedInRequest, key: str, key_id: int) -> HttpResponse:
    """Remove a key pair."""
    place = access.find(request.user, key, action="client:write")
    deploy_keys.remove(get_object_or_404(place.project.deploy_keys, pk=key_id), by=place.actor)
    messages.success(request, "Key removed. Remove it from the Git host, too.")
    return redirect("project_keys", key)


def _page(request: SignedInRequest, place: Place, *, form: DeployKeyForm, status: int = 200) -> HttpResponse:
    context = {"keys": place.project.deploy_keys.all(), "form": form}
    return render(request, "projects/deploy_keys.html", {**place.context(), **context}, status=status)
