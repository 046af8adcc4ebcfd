"""The inbox and the notification settings."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests.fields import UnreadableField
from certification.notifications import inbox, preferences
from web.account.forms import ReadForm, WishForm
from web.requests import SignedInRequest, require_POST
from web.segments import Segment

PER_PAGE = 30


@login_required
@require_safe
def show(request: SignedInRequest) -> HttpResponse:
    """Show the inbox, or only unread notifications."""
    rows = inbox.for_user(request.user)
    only_unread = request.GET.get("show") == "unread"
    if only_unread:
        rows = rows.filter(read_at=None)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    newest = inbox.for_user(request.user).order_by("-pk").values_list("pk", flat=True).first()
    context = {
        "page": page,
        "shown": [
            Segment("All", not only_unread, url=reverse("inbox")),
            Segment("Unread", only_unread, url=f"{reverse('inbox')}?show=unread"),
        ],
        "read_form": ReadForm(initial={"until": newest}),
        "waiting": inbox.unread(request.user),
    }
    return render(request, "inbox/inbox.html", context)


@login_required
@require_POST
def follow(request: SignedInRequest, pk: int) -> HttpResponse:
    """Mark a notification as read and open its page."""
    row = inbox.read(request.user, pk)
    if row is None:
        raise Http404("Your inbox has no such notification.")
    return redirect(row.path)


@login_required
@require_POST
def read_all(request: SignedInRequest) -> HttpResponse:
    """Mark all notifications on the page as read."""
    form = ReadForm(request.POST)
    if not form.is_valid():
        raise UnreadableField("until", "is not the number of a notification. Reload the inbox and try again.")
    if form.cleaned_data["until"] is not None:
        inbox.read_all(request.user, until=form.cleaned_data["until"])
    return redirect("inbox")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: SignedInRequest) -> HttpResponse:
    """Show and save the notification settings."""
    rows, sent = preferences.current(request.user), request.method == "POST"
    forms = [WishForm(request.POST if sent else None, kind=kind, wish=wish) for kind, wish in rows]
    if sent and not any(form.errors for form in forms):
        preferences.keep(request.user, wishes={form.kind.id: form.wish() for form in forms if form.was_sent()})
        messages.success(request, "Notification settings saved.")
        return redirect("notification_settings")
    return render(request, "inbox/settings.html", {"forms": forms}, status=422 if sent else 200)
