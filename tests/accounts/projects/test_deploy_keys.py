"""Deploy keys."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from accounts import actors
from accounts.models import DeployKey, Event
from accounts.projects import deploy_keys
from accounts.projects.deploy_keys import InvalidDeployKey
from tests import factory

pytestmark = pytest.mark.django_db
BY = actors.system("test")


def test_the_private_half_is_stored_encrypted_only() -> None:
    key = deploy_keys.create(factory.project(), by=BY)

    private = deploy_keys.private_key_of(factory.project())

    assert private is not None
    assert private.startswith("-----BEGIN OPENSSH PRIVATE KEY-----")
    stored = str(DeployKey.objects.values().get())
    assert "PRIVATE KEY" not in stored
    assert private.splitlines()[1] not in stored
    assert key.public_key.startswith("ssh-ed25519 ")
    assert private.splitlines()[1] not in str(list(Event.objects.values()))


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="did not run: there is no ssh-keygen")
def test_openssh_reads_the_pair_and_agrees_on_the_fingerprint(tmp_path: Path) -> None:
    key = deploy_keys.create(factory.project(), by=BY)
    file = tmp_path / "key"
    file.touch(mode=0o600)
    file.write_text(deploy_keys.private_key_of(factory.project()) or "")

    public = subprocess.run(["ssh-keygen", "-y", "-f", str(file)], capture_output=True, text=True, check=True).stdout
    told = subprocess.run(["ssh-keygen", "-l", "-f", str(file)], capture_output=True, text=True, check=True).stdout

    assert public.split()[:2] == key.public_key.split()[:2]
    assert key.fingerprint in told


def test_the_key_of_the_repository_comes_before_the_one_for_all() -> None:
    project = factory.project()
    deploy_keys.create(project, by=BY)
    deploy_keys.create(project, repository="Acme/Payments.git", by=BY)

    general = deploy_keys.private_key_of(project, repository="acme/other")
    special = deploy_keys.private_key_of(project, repository="ACME/payments")

    assert general
    assert special
    assert general != special


def test_a_project_gets_no_key_of_another_one() -> None:
    deploy_keys.create(factory.project("other"), by=BY)

    assert deploy_keys.private_key_of(factory.project()) is None


def test_a_second_key_for_the_same_is_refused_until_the_first_is_removed() -> None:
    project = factory.project()
    key = deploy_keys.create(project, by=BY)

    with pytest.raises(InvalidDeployKey):
        deploy_keys.create(project, by=BY)
    deploy_keys.remove(key, by=BY)

    assert deploy_keys.private_key_of(project) is None
    assert deploy_keys.create(project, by=BY)


@pytest.mark.parametrize("repository", ["acme", "acme/", "../etc/passwd", "a b/c", "-o/x"])
def test_what_is_no_repository_is_refused(repository: str) -> None:
    with pytest.raises(InvalidDeployKey):
        deploy_keys.create(factory.project(), repository=repository, by=BY)
