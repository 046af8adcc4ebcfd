"""Create, use and remove deploy keys. The private half is stored encrypted and never shown."""

from __future__ import annotations

import base64
import hashlib
import re

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import events, sealing
from accounts.actors import Actor
from accounts.limits import counting, table
from accounts.models import DeployKey, Project, User

PURPOSE = "deploy-key"
REPOSITORY = re.compile(r"[a-z0-9_][a-z0-9_.-]{0,99}/[a-z0-9_.][a-z0-9_.-]{0,99}")


class InvalidDeployKey(ValueError):
    """A deploy key cannot be created; the message says why."""


@transaction.atomic
def create(project: Project, *, by: Actor, repository: str = "", created_by: User | None = None) -> DeployKey:
    """Create a key pair for one repository (`owner/name`), or without one, for all repositories of the Project.

    Raises InvalidDeployKey, also when a key exists: it must be removed first, so that nothing is replaced silently;
    and Exceeded.
    """
    repository = repository.strip().lower().removesuffix(".git")
    if repository and not REPOSITORY.fullmatch(repository):
        raise InvalidDeployKey("Expected owner/name, such as acme/payments.")
    counting.spend(table.KEYS, of=project.pk)
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    private_text = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    key = DeployKey(
        project=project,
        repository=repository,
        public_key=f"{public.decode('ascii')} connector-certification/{project.key}",
        fingerprint=fingerprint_of(public.decode("ascii")),
        private_sealed=sealing.seal(private_text.decode("ascii"), purpose=PURPOSE),
        created_by=created_by,
    )
    try:
        with transaction.atomic():
            key.save(force_insert=True)
    except IntegrityError as error:
        raise InvalidDeployKey("A key for this already exists.") from error
    _record("deploy-key:created", key, by=by)
    return key


@transaction.atomic
def remove(key: DeployKey, *, by: Actor) -> None:
    """Delete a key pair. The public half remains at the host, without use, until somebody removes it."""
    _record("deploy-key:removed", key, by=by)
    key.delete()


def private_key_of(project: Project, *, repository: str = "") -> str | None:
    """Return the private key for a repository (`owner/name`), else the one for all repositories, or None.

    Call this only for fetching. Raises sealing.Broken when the server's key changed.
    """
    wanted = {repository.lower(), ""}
    rows = {key.repository: key for key in DeployKey.objects.filter(project=project, repository__in=wanted)}
    key = rows.get(repository.lower()) or rows.get("")
    if key is None:
        return None
    DeployKey.objects.filter(pk=key.pk).update(last_used_at=timezone.now())
    return sealing.unseal(key.private_sealed, purpose=PURPOSE)


def fingerprint_of(public_key: str) -> str:
    """Return the SHA256 fingerprint of an OpenSSH public key, as GitHub and `ssh-keygen -l` show it."""
    digest = hashlib.sha256(base64.b64decode(public_key.split()[1])).digest()
    return f"SHA256:{base64.b64encode(digest).decode('ascii').rstrip('=')}"


def _record(name: str, key: DeployKey, *, by: Actor) -> None:
    events.record(
        name,
        by=by,
        subject_type="project",
        subject_id=key.project_id,
        subject_label=key.project.key,
        project_key=key.project.key,
        details={"repository": key.repository, "fingerprint": key.fingerprint},
    )
