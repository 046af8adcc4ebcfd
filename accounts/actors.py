"""Actors: a person, an API client, or the portal itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import User


class ActorKind(StrEnum):
    """The three kinds of actors."""

    USER = "user"
    CLIENT = "client"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """The `by` of every change. `public_name` is the contract's `userId`: a Project key, never a person."""

    kind: ActorKind
    id: str
    label: str
    public_name: str


def client(client_id: str, *, project_key: str) -> Actor:
    """Return the actor for a request with a bearer token."""
    return Actor(ActorKind.CLIENT, client_id, f"API client {client_id}", project_key)


def person(user: User, *, public_name: str) -> Actor:
    """Return the actor for a signed-in person, who appears in public as a Project key or as the portal."""
    return Actor(ActorKind.USER, str(user.pk), str(user), public_name)


def system(label: str, *, public_name: str = "") -> Actor:
    """Return the actor for what the portal does by itself."""
    return Actor(ActorKind.SYSTEM, "", label, public_name)
