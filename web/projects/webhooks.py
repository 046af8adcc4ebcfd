"""The webhooks of a Project, and the delivery log of each."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.limits.counting import Exceeded
from accounts.models import Delivery, Webhook
from accounts.sessions import proofs
from accounts.webhooks import deliveries, subscriptions
from accounts.webhooks.subscriptions import InvalidWebhook, Subscribed
from web import one_time_secrets
from web.projects import access
from web.projects.access import Place
from web.projects.forms import WebhookForm
from web.requests import SignedInRequest, require_POST

INVALID = 422
PER_PAGE = 25


@login_required
@require_safe
def index(request: SignedInRequest, key: str) -> HttpResponse:
    """Show the webhooks, and the form for a new one."""
    return _index(request, access.find(request.user, key, action="webhook:write"), WebhookForm())


@login_required
@require_POST
@proofs.required
def create(request: SignedInRequest, key: str) -> HttpResponse:
    """Create a webhook, and redirect to the page that shows its secret."""
    place = access.find(request.user, key, action="webhook:write")
    form = WebhookForm(request.POST)
    if form.is_valid():
        try:
            made = subscriptions.create(
                place.project,
                url=form.cleaned_data["url"],
                wanted=form.cleaned_data["kinds"],
                by=place.actor,
                created_by=request.user,
            )
        except InvalidWebhook as error:
            form.add_error(error.field or None, str(error))
        except Exceeded as error:
            form.add_error(None, str(error))
        else:
            return _shown(request, place, made)
    return _index(request, place, form, status=INVALID)


@login_required
@require_safe
@never_cache
def webhook(request: SignedInRequest, key: str, webhook_id: UUID) -> HttpResponse:
    """Show a webhook with its deliveries, and once the secret that was just created."""
    place = access.find(request.user, key, action="webhook:write")
    row = get_object_or_404(place.project.webhooks, pk=webhook_id)
    kept = one_time_secrets.take(request.session, place=_kept_for(row)) if request.method == "GET" else None
    return _one(request, place, row, secret=kept["secret"] if kept else "")


@login_required
@require_POST
@proofs.required
def act(request: SignedInRequest, key: str, webhook_id: UUID, verb: str) -> HttpResponse:
    """Run one verb on a webhook: change, rotate, ping, disable, enable or remove."""
    place = access.find(request.user, key, action="webhook:write")
    row = get_object_or_404(place.project.webhooks.select_related("project"), pk=webhook_id)
    match verb:
        case "change":
            return _change(request, place, row)
        case "rotate":
            return _shown(request, place, subscriptions.rotate(row, by=place.actor))
        case "ping":
            _send(request, lambda: deliveries.ping(row), said="Test message queued.")
        case "disable":
            subscriptions.disable(row, by=place.actor)
            messages.success(request, "Webhook disabled. No messages are sent until you enable it.")
        case "enable":
            subscriptions.enable(row, by=place.actor)
            messages.success(request, "Webhook enabled. New events are sent to it.")
        case "remove":
            subscriptions.remove(row, by=place.actor)
            messages.success(request, "Webhook and delivery log deleted.")
            return redirect("project_webhooks", key)
        case _:
            raise Http404("A webhook has no such action.")
    return redirect("project_webhook", key, webhook_id)


@login_required
@require_POST
def replay(request: SignedInRequest, key: str, webhook_id: UUID, delivery_id: UUID) -> HttpResponse:
    """Send a message again."""
    place = access.find(request.user, key, action="webhook:write")
    rows = Delivery.objects.filter(webhook__project=place.project, webhook_id=webhook_id).select_related("webhook")
    row = get_object_or_404(rows, pk=delivery_id)
    _send(request, lambda: deliveries.replay(row), said="Message queued again, with the same id.")
    return redirect("project_webhook", key, webhook_id)


def _send(request: SignedInRequest, verb: Callable[[], Delivery], *, said: str) -> None:
    try:
        verb()
    except InvalidWebhook as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)


def _change(request: SignedInRequest, place: Place, row: Webhook) -> HttpResponse:
    form = WebhookForm(request.POST)
    if form.is_valid():
        try:
            subscriptions.change(row, url=form.cleaned_data["url"], wanted=form.cleaned_data["kinds"], by=place.actor)
        except InvalidWebhook as error:
            form.add_error(error.field or None, str(error))
        else:
            messages.success(request, "Webhook saved.")
            return redirect("project_webhook", place.project.key, row.pk)
    return _one(request, place, row, form=form, status=INVALID)


def _shown(request: SignedInRequest, place: Place, made: Subscribed) -> HttpResponse:
    one_time_secrets.keep(request.session, place=_kept_for(made.webhook), secret={"secret": made.secret})
    return redirect("project_webhook", place.project.key, made.webhook.pk)


def _kept_for(row: Webhook) -> str:
    return f"webhook {row.pk}"


def _index(request: SignedInRequest, place: Place, form: WebhookForm, *, status: int = 200) -> HttpResponse:
    context = {"webhooks": place.project.webhooks.all(), "form": form}
    return render(request, "projects/webhooks.html", {**place.context(), **context}, status=status)


def _one(
    request: SignedInRequest,
    place: Place,
    row: Webhook,
    *,
    secret: str = "",
    form: WebhookForm | None = None,
    status: int = 200,
) -> HttpResponse:
    log = Paginator(row.deliveries.prefetch_related("attempts").defer("body"), PER_PAGE)
    context = {
        "webhook": row,
        "sending": subscriptions.sending(row),
        "secret": secret,
        "form": form or WebhookForm(initial={"url": row.url, "kinds": row.kinds}),
        "page": log.get_page(request.GET.get("page")),
    }
    return render(request, "projects/webhook.html", {**place.context(), **context}, status=status)
