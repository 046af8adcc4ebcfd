"""Signed certificates, verified by a library of others and by the examples of the standard."""

from __future__ import annotations

import base64
import json
import re
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import jwt
import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.live_server_helper import LiveServer

from certification.certificates import signatures
from certification.certificates.signatures import Key
from connectors.models import ConnectorStaged
from tests import factory
from tests.certification.world import World
from tests.root import ROOT

pytestmark = pytest.mark.security

OLD, NEW = bytes(range(32)), bytes(range(32, 64))


def verified(signed: str, key_set: dict[str, Any]) -> dict[str, Any]:
    """Return what a signed text says, verified by PyJWT with the published key that it names."""
    key = jwt.PyJWKSet.from_dict(key_set)[jwt.get_unverified_header(signed)["kid"]]
    said: dict[str, Any] = jwt.decode(signed, key, algorithms=["EdDSA"])
    return said


def test_keys_names_and_signatures_are_those_of_the_standard() -> None:
    # RFC 8037, appendix A.
    key = Key(base64.urlsafe_b64decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="))

    assert key.public()["x"] == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    assert key.id == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert key.sign(b"Example of Ed25519 signing", header={"alg": "EdDSA"}) == (
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    )


def test_only_public_halves_are_published(settings: Any) -> None:
    settings.CERTIFICATE_KEYS = [NEW, OLD]

    for key in signatures.key_set()["keys"]:
        assert set(key) == {"crv", "kty", "x", "kid", "use", "alg"}
        assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("OKP", "Ed25519", "EdDSA", "sig")


def test_what_was_signed_is_said_with_all_its_letters() -> None:
    document = {"name": "Zahlung für Łódź 陳", "waivers": [], "rulePack": None}

    assert verified(signatures.sign(document), signatures.key_set()) == document


@pytest.mark.parametrize("part", [0, 1, 2])
def test_whatever_is_changed_afterwards_is_noticed(part: int) -> None:
    parts = signatures.sign({"commit": "abc", "name": "Payments"}).split(".")
    header = jwt.get_unverified_header(".".join(parts))
    changed = {**header, "cty": "text"} if part == 0 else {"commit": "abd", "name": "Payments"}
    text = base64.urlsafe_b64encode(json.dumps(changed).encode()).rstrip(b"=").decode()
    parts[part] = text if part < 2 else parts[2][:-6] + "AAAAAA"

    with pytest.raises(jwt.InvalidSignatureError):
        verified(".".join(parts), signatures.key_set())


def test_a_new_key_signs_and_the_old_ones_still_verify(settings: Any) -> None:
    settings.CERTIFICATE_KEYS = [OLD]
    before = signatures.sign({"n": 1})
    settings.CERTIFICATE_KEYS = [NEW, OLD]
    after = signatures.sign({"n": 2})

    assert [verified(text, signatures.key_set())["n"] for text in (before, after)] == [1, 2]
    assert jwt.get_unverified_header(after)["kid"] == Key(NEW).id == signatures.key_set()["keys"][0]["kid"]
    settings.CERTIFICATE_KEYS = [NEW]
    with pytest.raises(KeyError):
        verified(before, signatures.key_set())


def test_without_keys_of_their_own_they_follow_the_secret_key(settings: Any) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the first " * 5, []
    before = signatures.sign({"n": 1})
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the second " * 5, ["the first " * 5]
    after = signatures.sign({"n": 2})

    assert [verified(text, signatures.key_set())["n"] for text in (before, after)] == [1, 2]
    assert jwt.get_unverified_header(before)["kid"] != jwt.get_unverified_header(after)["kid"]
    assert len(signatures.key_set()["keys"]) == 2


@pytest.mark.django_db
def test_the_signed_certificate_says_what_the_document_says(world: World, client: Client) -> None:
    row = world.certified(world.person("Rita"))

    answer = client.get(reverse("signed_certificate", args=[row.pk]))
    keys = client.get("/.well-known/jwks.json")

    signed = answer.content.decode()
    assert answer["Content-Type"] == "application/jose"
    assert keys["Content-Type"] == "application/jwk-set+json"
    assert {answer["Cache-Control"], keys["Cache-Control"]} == {"public, max-age=300"}
    document = client.get(reverse("certificate_document", args=[row.pk])).json()
    assert verified(signed, keys.json()) == document
    assert jwt.get_unverified_header(signed)["typ"] == signatures.TYPE
    assert "Rita" not in str(document)


@pytest.mark.django_db
def test_the_page_offers_the_signed_form_and_the_keys(world: World, client: Client) -> None:
    row = world.certified(world.person("Rita"))

    page = client.get(reverse("certificate", args=[row.pk])).content.decode()

    assert f'href="{reverse("signed_certificate", args=[row.pk])}"' in page
    assert 'href="http://127.0.0.1:8000/.well-known/jwks.json"' in page


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["Draft", "private"])
def test_nothing_is_signed_without_a_certificate(client: Client, status: str) -> None:
    row = factory.at("Published", certification=False) if status == "private" else factory.at(status)

    answer = client.get(reverse("signed_certificate", args=[row.pk]))

    assert answer.status_code == 404
    assert answer.json()["message"] == "There is no valid certificate."


@pytest.mark.django_db
def test_a_certificate_that_ended_is_not_signed_any_more(world: World, client: Client) -> None:
    row = world.certified(world.person("Rita"))
    factory.act(row, {"action": "setName", "name": "Other"})
    factory.validated(factory.publish(row, certification=False))

    assert client.get(reverse("signed_certificate", args=[row.pk])).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_the_example_of_the_documentation_verifies(world: World, live_server: LiveServer) -> None:
    row: ConnectorStaged = world.certified(world.person("Rita"))
    guide = (ROOT / "docs" / "developers.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    example, address = re.subn(r'"https://portal\.example"', repr(live_server.url), example)
    example, id = re.subn(r'"6ba7b810-[0-9a-f-]+"', repr(str(row.pk)), example)

    said = StringIO()
    with redirect_stdout(said):
        exec(example, {})

    assert (address, id) == (1, 1)
    assert said.getvalue() == f"1.0.0 {world.git('rev-parse', '1.0.0')}\n"
