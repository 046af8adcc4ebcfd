"""The engine's settings for one repository."""

from __future__ import annotations

import pytest

from accounts import actors
from accounts.projects import deploy_keys
from connectors.runs import engine
from tests import factory

pytestmark = pytest.mark.django_db
BY = actors.system("test")
URL = "git@github.com:Acme/Payments.git"


def test_a_repository_is_read_with_its_own_deploy_key() -> None:
    project = factory.project()
    deploy_keys.create(project, repository="acme/payments", by=BY)

    found = engine.settings_for(project, url=URL)

    assert found.ssh_key == deploy_keys.private_key_of(project, repository="acme/payments")
    assert engine.settings_for(project, url="git@github.com:acme/other.git").ssh_key is None


def test_the_key_of_another_project_is_not_used() -> None:
    deploy_keys.create(factory.project("other"), by=BY)

    assert engine.settings_for(factory.project(), url=URL).ssh_key is None


def test_an_address_that_is_not_allowed_gets_no_key() -> None:
    project = factory.project()
    deploy_keys.create(project, by=BY)

    assert engine.settings_for(project, url="git@evil.example:acme/payments.git").ssh_key is None
