"""The inbox, and how somebody wants to be told."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import fields
from certification.notifications import inbox, preferences
from certification.notifications.preferences import Way, Wish
from web.requests import SignedInRequest, require_POST

PER_PAGE = 30


@login_required
@require_safe
def show(request: SignedInRequest) -> HttpResponse:
    """Show the inbox, the unread ones alone if wanted."""
    rows = inbox.for_user(request.user)
    only_unread = request.GET.get("show") == "unread"
    if only_unread:
        rows = rows.filter(read_at=None)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    newest = inbox.for_user(request.user).order_by("-pk").values_list("pk", flat=True).first()
    context = {"page": page, "only_unread": only_unread, "newest": newest, "waiting": inbox.unread(request.user)}
    return render(request, "inbox/inbox.html", context)


@login_required
@require_POST
def follow(request: SignedInRequest, pk: int) -> HttpResponse:
    """Mark one as read and go where it leads."""
    row = inbox.read(request.user, pk)
    if row is None:
        raise Http404("There is nothing like this in your inbox.")
    return redirect(row.path)


@login_required
@require_POST
def read_all(request: SignedInRequest) -> HttpResponse:
    """Mark all as read that the page knew."""
    until = fields.number(request.POST, "until")
    if until is not None:
        inbox.read_all(request.user, until=until)
    return redirect("inbox")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: SignedInRequest) -> HttpResponse:
    """Show and keep the preferences."""
    if request.method == "POST":
        wishes = {}
        for kind in preferences.kinds_for(request.user):
            way = request.POST.get(f"{kind.id}-mail", "")
            if way in Way.values:
                wishes[kind.id] = Wish(inbox=f"{kind.id}-inbox" in request.POST, mail=way)
        preferences.keep(request.user, wishes=wishes)
        messages.success(request, "Saved.")
        return redirect("notification_settings")
    context = {"rows": preferences.current(request.user), "ways": Way.choices}
    return render(request, "inbox/settings.html", context)
