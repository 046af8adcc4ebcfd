"""API clients: create, rotate, disable. The secret is returned once and stored only as a hash."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from allauth.idp.oidc.adapter import get_adapter
from allauth.idp.oidc.models import Client, Token
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from accounts import events, naming
from accounts.actors import Actor
from accounts.factors import second_factors
from accounts.limits import counting, table
from accounts.models import ApiClient, Project, User
from accounts.roles import INCLUDED_SCOPES


class UnknownScope(ValueError):
    """A scope that this Project cannot grant; the message lists those that it can."""


@dataclass(frozen=True)
class Credentials:
    """Credentials that the caller must store: the secret cannot be shown again."""

    api_client: ApiClient
    client_id: str
    client_secret: str
    scopes: tuple[str, ...]


def scopes_of(project: Project) -> tuple[str, ...]:
    """Return every scope that a client of this Project can have, widest first."""
    return tuple(f"{name}:{project.key}" for name in INCLUDED_SCOPES)


def _normal(scopes: Iterable[str], *, project: Project) -> tuple[str, ...]:
    known = scopes_of(project)
    asked = [scope if ":" in scope else f"{scope}:{project.key}" for scope in scopes] or [known[0]]
    unknown = [scope for scope in asked if scope not in known]
    if unknown:
        raise UnknownScope(f"{', '.join(unknown)} is not a scope of this Project; choose from {', '.join(known)}.")
    return tuple(dict.fromkeys(asked))


def _included(granted: Iterable[str]) -> tuple[str, ...]:
    """Return these scopes with those that they include: a client may request a narrower token."""
    named = (scope.partition(":") for scope in granted)
    return tuple(dict.fromkeys(f"{inner}:{key}" for name, _, key in named for inner in INCLUDED_SCOPES[name]))


@transaction.atomic
def create(
    project: Project, *, by: Actor, scopes: Iterable[str] = (), name: str = "", created_by: User | None = None
) -> Credentials:
    """Create an API client for this Project; without scopes it gets `manage_project`.

    Raises UnknownScope for a scope of another Project or one that does not exist, InvalidName,
    NoSecondFactor, and Exceeded.
    """
    second_factors.submitting(by).require()
    if name:
        naming.require(name)
    granted = _normal(scopes, project=project)
    counting.spend(table.CLIENTS, of=project.pk)
    secret = get_adapter().generate_client_secret()
    label = name or f"{project.key} client"
    client = Client(name=label[:100], type=Client.Type.CONFIDENTIAL, secret=_hashed(secret))
    client.grant_types = Client.GrantType.CLIENT_CREDENTIALS
    client.set_scopes(list(_included(granted)))
    client.set_default_scopes(list(granted))
    client.save()
    api_client = ApiClient.objects.create(client=client, project=project, name=label[:100], created_by=created_by)
    _record("client:created", api_client, by=by, scopes=granted)
    return Credentials(api_client, client.id, secret, granted)


@transaction.atomic
def rotate(api_client: ApiClient, *, by: Actor) -> Credentials:
    """Replace the secret and revoke all tokens issued with the old one. Raises NoSecondFactor and Exceeded."""
    second_factors.submitting(by).require()
    counting.spend(table.CLIENTS, of=api_client.project_id)
    secret = get_adapter().generate_client_secret()
    client = api_client.client
    client.secret = _hashed(secret)
    client.save(update_fields=["secret"])
    Token.objects.filter(client=client).delete()
    _record("client:rotated", api_client, by=by)
    return Credentials(api_client, client.id, secret, tuple(client.get_default_scopes()))


@transaction.atomic
def disable(api_client: ApiClient, *, by: Actor) -> None:
    """Revoke the secret and every token of this client at once."""
    if api_client.disabled_at:
        return
    api_client.disabled_at = timezone.now()
    api_client.save(update_fields=["disabled_at"])
    client = api_client.client
    client.secret = make_password(None)
    client.save(update_fields=["secret"])
    Token.objects.filter(client=client).delete()
    _record("client:disabled", api_client, by=by)


def _hashed(secret: str) -> str:
    return make_password(secret, hasher="apisecret_sha256")


def _record(name: str, api_client: ApiClient, *, by: Actor, scopes: Iterable[str] = ()) -> None:
    events.record(
        name,
        by=by,
        subject_type="client",
        subject_id=api_client.client_id,
        subject_label=api_client.name,
        project_key=api_client.project.key,
        details={"scopes": list(scopes)} if scopes else None,
    )
