"""Saved views of the queue."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.access.permissions import may
from certification.models import SavedView
from web.requests import require_POST
from web.reviewers.access import person, reviewing
from web.reviewers.forms import SavedViewForm
from web.reviewers.queue_page import context, query_of


@require_POST
@reviewing()
def save(request: HttpRequest) -> HttpResponse:
    """Save the filters in the URL under a name."""
    by, query = person(request), query_of(request.GET)
    form = SavedViewForm(request.POST, query=query, may_share=may(by, "review:assign"))
    if not form.is_valid():
        return render(request, "reviewers/queue.html", context(request, view_form=form), status=422)
    name, shared = form.cleaned_data["name"], form.cleaned_data.get("shared", False)
    SavedView.objects.update_or_create(user=by, name=name, defaults={"query": query, "shared": shared})
    messages.success(request, f"View “{name}” saved.")
    return redirect(f"{reverse('queue')}?{query}")


@require_POST
@reviewing()
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete one's own saved view."""
    gone, _ = SavedView.objects.filter(pk=pk, user=person(request)).delete()
    if gone:
        messages.success(request, "View deleted.")
    else:
        messages.error(request, "This view belongs to somebody else.")
    return redirect("queue")
