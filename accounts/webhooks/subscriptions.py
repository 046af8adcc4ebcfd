"""A Project's webhooks: create, change, replace the secret, disable, enable, remove."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from accounts import events, sealing
from accounts.ability import Ability
from accounts.actors import Actor
from accounts.limits import counting, table
from accounts.models import Project, User, Webhook
from accounts.webhooks import kinds, targets
from database import deletion

PURPOSE = "webhook-secret"
MOST = 10
"""The most webhooks of one Project."""


class InvalidWebhook(ValueError):
    """A webhook is not valid; `field` is `url` or `kinds` when one of them is the reason."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class Removed(Http404):
    """The webhook has been removed; a page answers 404."""


@dataclass(frozen=True)
class Subscribed:
    """A webhook and its secret, which is shown once."""

    webhook: Webhook
    secret: str


@transaction.atomic
def create(
    project: Project, *, url: str, wanted: Iterable[str], by: Actor, created_by: User | None = None
) -> Subscribed:
    """Create a webhook for some message types, or without any, for all. Raises InvalidWebhook and Exceeded."""
    url, chosen = _checked(url, wanted)
    counting.spend(table.WEBHOOKS, of=project.pk)
    Project.objects.select_for_update().get(pk=project.pk)
    if project.webhooks.count() >= MOST:
        raise InvalidWebhook(f"A Project can have at most {MOST} webhooks.")
    secret = new_secret()
    webhook = Webhook.objects.create(
        project=project,
        url=url,
        kinds=chosen,
        secret_sealed=sealing.seal(secret, purpose=PURPOSE),
        created_by=created_by,
    )
    _record("webhook:created", webhook, by=by)
    return Subscribed(webhook, secret)


def hold(webhook: Webhook) -> None:
    """Lock a webhook until the transaction ends, as it is now. Raises Removed, as every function below does."""
    rows = Webhook.objects.select_for_update(no_key=True).filter(pk=webhook.pk)
    found = rows.values_list("disabled_at", "disabled_because").first()
    if found is None:
        raise Removed("The webhook was removed.")
    webhook.disabled_at, webhook.disabled_because = found


def sending(webhook: Webhook) -> Ability:
    """Return whether a message can be sent to a webhook now."""
    if webhook.disabled_at is None:
        return Ability()
    return Ability(InvalidWebhook("This webhook is disabled. Enable it to send messages."))


@transaction.atomic
def change(webhook: Webhook, *, url: str, wanted: Iterable[str], by: Actor) -> None:
    """Change a webhook's URL or types. Raises InvalidWebhook."""
    hold(webhook)
    webhook.url, webhook.kinds = _checked(url, wanted)
    webhook.save(update_fields=["url", "kinds"])
    _record("webhook:changed", webhook, by=by)


@transaction.atomic
def rotate(webhook: Webhook, *, by: Actor) -> Subscribed:
    """Replace the secret; later messages are signed with the new one. Raises Exceeded."""
    hold(webhook)
    counting.spend(table.WEBHOOKS, of=webhook.project_id)
    secret = new_secret()
    webhook.secret_sealed = sealing.seal(secret, purpose=PURPOSE)
    webhook.save(update_fields=["secret_sealed"])
    _record("webhook:rotated", webhook, by=by)
    return Subscribed(webhook, secret)


@transaction.atomic
def disable(webhook: Webhook, *, by: Actor, because: str = "") -> None:
    """Stop sending, including queued messages, until the webhook is enabled."""
    hold(webhook)
    if webhook.disabled_at:
        return
    webhook.disabled_at, webhook.disabled_because = timezone.now(), because[:200]
    webhook.save(update_fields=["disabled_at", "disabled_because"])
    _record("webhook:disabled", webhook, by=by, because=because)


@transaction.atomic
def enable(webhook: Webhook, *, by: Actor) -> None:
    """Resume sending new events."""
    hold(webhook)
    if webhook.disabled_at is None:
        return
    webhook.disabled_at, webhook.disabled_because = None, ""
    webhook.save(update_fields=["disabled_at", "disabled_because"])
    _record("webhook:enabled", webhook, by=by)


@transaction.atomic
def remove(webhook: Webhook, *, by: Actor) -> None:
    """Delete a webhook and its log."""
    hold(webhook)
    _record("webhook:removed", webhook, by=by)
    deletion.delete(webhook)


def secret_of(webhook: Webhook) -> str:
    """Return the secret that signs its messages. Raises sealing.Broken."""
    return sealing.unseal(webhook.secret_sealed, purpose=PURPOSE)


def new_secret() -> str:
    """Return 256 random bits in the form of the Standard Webhooks specification."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode('ascii')}"


def _checked(url: str, wanted: Iterable[str]) -> tuple[str, list[str]]:
    url = url.strip()
    if problem := targets.problem_of(url):
        raise InvalidWebhook(problem, field="url")
    chosen = sorted(set(wanted))
    if unknown := [kind for kind in chosen if kind not in kinds.known()]:
        raise InvalidWebhook(f"{', '.join(unknown)} is not a known event type.", field="kinds")
    return url, chosen


def _record(name: str, webhook: Webhook, *, by: Actor, because: str = "") -> None:
    events.record(
        name,
        by=by,
        subject_type="webhook",
        subject_id=webhook.pk,
        subject_label=webhook.url[:256],
        project_key=webhook.project.key,
        details={"because": because} if because else None,
    )
