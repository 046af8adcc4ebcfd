"""Repository addresses as people paste them."""

from __future__ import annotations

import pytest

from connectors.drafts import repository_address
from connectors.drafts.repository_address import Pasted

HTTPS = "https://github.com/acme/payments.git"
SSH = "git@github.com:acme/payments.git"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://github.com/acme/payments.git", HTTPS),
        ("https://github.com/acme/payments", "https://github.com/acme/payments"),
        ("https://github.com/acme/payments/", HTTPS),
        ("  https://github.com/acme/payments/tree/main/service \n", HTTPS),
        ("http://github.com/acme/payments", HTTPS),
        ("https://www.github.com/acme/payments#readme", HTTPS),
        ("https://github.com/acme/payments?tab=readme-ov-file", HTTPS),
        ("https://user:secret@github.com/acme/payments.git", HTTPS),
        ("HTTPS://GITHUB.COM/acme/payments", HTTPS),
        ("github.com/acme/payments", HTTPS),
        ("git+https://github.com/acme/payments.git", HTTPS),
        ("git://github.com/acme/payments.git", HTTPS),
        ("acme/payments", HTTPS),
        ("gh repo clone acme/payments", HTTPS),
        ("git clone https://github.com/acme/payments.git", HTTPS),
        ("git clone git@github.com:acme/payments.git", SSH),
        ("<https://github.com/acme/payments/>", HTTPS),
        ("git@github.com:acme/payments.git", SSH),
        ("git@github.com:acme/payments/", SSH),
        ("ssh://git@github.com/acme/payments/", SSH),
        ("git+ssh://git@github.com/acme/payments.git#main", SSH),
    ],
)
def test_usual_forms_become_an_accepted_address(text: str, url: str) -> None:
    assert repository_address.read(text) == Pasted(url)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("https://github.com/acme/payments/releases/tag/v1.2.3", "v1.2.3"),
        ("https://github.com/acme/payments/releases/tag/release%2F1.0", "release/1.0"),
        ("https://github.com/acme/payments/archive/refs/tags/1.0.0.zip", "1.0.0"),
        ("https://github.com/acme/payments/archive/refs/tags/1.0.0.tar.gz", "1.0.0"),
        ("https://github.com/acme/payments/tree/v1.0.1", "v1.0.1"),
        ("https://github.com/acme/payments/tree/1.0.0-rc.1/service/src", "1.0.0-rc.1"),
        ("github.com/acme/payments/blob/v1.0.1/connect.yaml#L3", "v1.0.1"),
        ("https://github.com/acme/payments/commits/v1.0/", "v1.0"),
        ("https://github.com/acme/payments/tree/refs/tags/1.2.3", "1.2.3"),
        ("https://github.com/acme/payments/archive/v1.0.1.tar.gz", "v1.0.1"),
        ("https://github.com/acme/payments/zipball/1.0.0", "1.0.0"),
        ("https://github.com/acme/payments/tarball/refs/tags/1.0.0", "1.0.0"),
        ("https://github.com/acme/payments/releases/download/v1.0.1/payments.zip", "v1.0.1"),
        ("https://github.com/acme/payments/releases/edit/v1.0.1", "v1.0.1"),
        ("https://github.com/acme/payments/find/v1.0.1", "v1.0.1"),
        ("git+https://github.com/acme/payments.git#v1.0.1", "v1.0.1"),
        ("https://github.com/acme/payments#readme", ""),
        ("https://github.com/acme/payments/issues#1.0", ""),
        ("https://github.com/acme/payments/compare/1.0.0...2.0.0", ""),
        ("https://github.com/acme/payments/tree/-1.0", ""),
        ("https://github.com/acme/payments/tree/main/1.0", ""),
        ("https://github.com/acme/payments/issues/1.0", ""),
        ("https://github.com/acme/payments/releases/tag/-rf", ""),
        ("https://github.com/acme/payments/tree/main", ""),
    ],
)
def test_the_page_of_a_release_names_the_tag(text: str, tag: str) -> None:
    assert repository_address.read(text) == Pasted(HTTPS, tag)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "https://example.com/acme/payments",
        "ssh://git@github.com:22/acme/payments.git",
        "https://github.com:8443/acme/payments/",
        "--upload-pack=evil",
        "git clone --upload-pack=evil acme/payments",
        "file:///etc/passwd",
        "https://github.com/acme",
        "https://github.com/-acme/payments/",
    ],
)
def test_what_is_no_repository_stays_as_it_is(text: str) -> None:
    assert repository_address.read(text) == Pasted(text)


@pytest.mark.parametrize(
    ("path", "refs"),
    [
        ("tree/release/1.0/src", ("release/1.0/src", "release/1.0", "release")),
        ("tree/payments%401.0", ("payments@1.0",)),
        ("blob/main/README.md", ("main/README.md", "main")),
        ("archive/release/1.0.zip", ("release/1.0", "release")),
        ("#semver", ("semver",)),
        ("pulls", ()),
        ("", ()),
    ],
)
def test_a_page_of_files_names_what_its_ref_can_be(path: str, refs: tuple[str, ...]) -> None:
    assert repository_address.read(f"https://github.com/acme/payments/{path}").refs == refs
