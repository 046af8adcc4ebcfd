"""The official command line, unchanged: each command and flag that talks to this API.

It sends its requests by the SDK, which is taken to PostgreSQL as well.
"""

from __future__ import annotations

import json
import re
import urllib.request
from base64 import b64encode
from typing import Any

import pytest

from tests.portal import REGION
from tests.witnesses.conftest import CommandLine

GOOD = "https://github.com/connector-demo/payment-connector.git"
BROKEN = "https://github.com/connector-demo/loyalty-connector.git"


def read(command: CommandLine, path: str) -> dict[str, Any]:
    """Read from the API what a command left there."""
    portal = command.portal
    basic = b64encode(f"{portal.client_id}:{portal.client_secret}".encode()).decode()
    request = urllib.request.Request(
        f"{portal.url}/oauth/token",
        data=b"grant_type=client_credentials",
        headers={"Authorization": f"Basic {basic}"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        token = json.load(answer)["access_token"]
    request = urllib.request.Request(portal.url + path, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        result: dict[str, Any] = json.load(answer)
    return result


def create(command: CommandLine, key: str, *, url: str = GOOD, tag: str = "1.0.0") -> str:
    """Create a draft with every flag and return its id."""
    done = command(
        *("connect", "connectorstaged", "create", "--key", key, "--name", f"Named {key}"),
        *("--description", "From the command line", "--creator-email", "jane@example.com"),
        *("--repository-url", url, "--repository-tag", tag, "--supported-regions", f"{REGION},us-central1.gcp"),
        *("--integration-types", "psp,tax", "--private-projects", f"{REGION}:another-project"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", done.stdout)
    assert found, done.stdout
    return found[0]


def test_it_knows_who_is_signed_in(commercetools: CommandLine) -> None:
    done = commercetools("auth", "whoami")

    assert done.returncode == 0, done.stderr
    assert commercetools.portal.client_id in done.stdout


def test_create_sends_every_flag(commercetools: CommandLine) -> None:
    id = create(commercetools, "cli-create")

    draft = read(commercetools, f"/connectors/drafts/{id}")
    assert draft["key"] == "cli-create"
    assert draft["description"] == "From the command line"
    assert draft["integrationTypes"] == ["psp", "tax"]
    assert draft["supportedRegions"] == [REGION, "us-central1.gcp"]
    assert draft["privateProjects"] == [f"{REGION}:another-project"]


@pytest.mark.parametrize("flags", [(), ("--limit", "1"), ("--offset", "1"), ("--sort", "-createdAt")])
def test_list_takes_its_flags(commercetools: CommandLine, flags: tuple[str, ...]) -> None:
    done = commercetools("connect", "connectorstaged", "list", *flags)

    assert done.returncode == 0, done.stdout + done.stderr


def test_describe_by_id_and_by_key(commercetools: CommandLine) -> None:
    id = create(commercetools, "cli-describe")

    by_id = commercetools("connect", "connectorstaged", "describe", "--id", id)
    by_key = commercetools("connect", "connectorstaged", "describe", "--key", "cli-describe")

    assert by_id.returncode == by_key.returncode == 0, by_id.stderr + by_key.stderr
    assert "cli-describe" in by_id.stdout
    assert id in by_key.stdout


@pytest.fixture(scope="session")
def updated(commercetools: CommandLine) -> str:
    """Return the key of one draft that every flag of update changes."""
    create(commercetools, "cli-update")
    return "cli-update"


@pytest.mark.parametrize(
    ("flags", "field", "value"),
    [
        (("--name", "Another name"), "name", "Another name"),
        (("--description", "Another text"), "description", "Another text"),
        (("--creator-email", "joe@example.com"), "creator.email", "joe@example.com"),
        (("--repository-tag", "1.1.0"), "repository.tag", "1.1.0"),
        (("--repository-url", BROKEN), "repository.url", BROKEN),
        (("--supported-regions", "us-east-2.aws"), "supportedRegions", ["us-east-2.aws"]),
        (("--integration-types", "email"), "integrationTypes", ["email"]),
        (
            ("--name", "With projects", "--private-projects", f"{REGION}:third-project"),
            "privateProjects",
            [f"{REGION}:third-project"],
        ),
    ],
)
def test_update_takes_each_flag(
    commercetools: CommandLine, updated: str, flags: tuple[str, ...], field: str, value: object
) -> None:
    done = commercetools("connect", "connectorstaged", "update", "--key", updated, *flags)

    assert done.returncode == 0, done.stdout + done.stderr
    found: Any = read(commercetools, f"/connectors/drafts/key={updated}")
    for part in field.split("."):
        found = found[part]
    assert found == value


def test_preview_of_a_good_connector_is_granted(commercetools: CommandLine) -> None:
    create(commercetools, "cli-preview")

    done = commercetools("connect", "connectorstaged", "validate", "--key", "cli-preview")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "specification file validation check succeeded" in done.stdout
    assert read(commercetools, "/connectors/drafts/key=cli-preview")["isPreviewable"] == "true"


def test_preview_of_a_broken_connector_prints_the_report(commercetools: CommandLine) -> None:
    create(commercetools, "cli-preview-broken", url=BROKEN)

    flags = ("--key", "cli-preview-broken", "--deployment-key", "none", "--region", REGION)
    done = commercetools("connect", "connectorstaged", "preview", *flags)

    assert done.returncode != 0
    assert "connect.yaml" in done.stdout
    assert read(commercetools, "/connectors/drafts/key=cli-preview-broken")["isPreviewable"] == "false"


def test_publish_waits_until_it_is_published(commercetools: CommandLine) -> None:
    create(commercetools, "cli-publish")

    done = commercetools("connect", "connectorstaged", "publish", "--key", "cli-publish")

    assert done.returncode == 0, done.stdout + done.stderr
    assert read(commercetools, "/connectors/drafts/key=cli-publish")["status"] == "Published"


def test_publish_of_a_broken_connector_fails_with_the_report(commercetools: CommandLine) -> None:
    create(commercetools, "cli-publish-broken", url=BROKEN)

    done = commercetools("connect", "connectorstaged", "publish", "--key", "cli-publish-broken")

    assert done.returncode != 0
    assert "connect.yaml" in done.stdout
    assert read(commercetools, "/connectors/drafts/key=cli-publish-broken")["status"] == "Failed"


def test_certify_submits_for_certification(commercetools: CommandLine) -> None:
    id = create(commercetools, "cli-certify")

    done = commercetools("connect", "connectorstaged", "certify", "--id", id)

    assert done.returncode == 0, done.stdout + done.stderr
    assert read(commercetools, f"/connectors/drafts/{id}")["status"] in {"Processing", "ReadyForCertification"}


def test_an_error_is_printed_with_code_and_details(commercetools: CommandLine) -> None:
    unknown = commercetools("connect", "connectorstaged", "describe", "--key", "nobody-knows-me")
    create(commercetools, "cli-twice")
    twice = commercetools(
        *("connect", "connectorstaged", "create", "--key", "cli-twice", "--name", "Again"),
        *("--creator-email", "jane@example.com", "--repository-url", GOOD, "--repository-tag", "1.0.0"),
    )

    assert unknown.returncode != 0
    assert "Code: ResourceNotFound" in unknown.stderr
    assert twice.returncode != 0
    assert "Code: DuplicateField" in twice.stderr
    assert "Correlation ID: commercetools-cli-" in twice.stderr
