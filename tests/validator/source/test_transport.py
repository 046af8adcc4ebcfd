"""From the stored address to the fetched one, and who may be contacted."""

from __future__ import annotations

import socket
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from validator.results import EngineSettings
from validator.source import transport
from validator.source.transport import AddressRefusedError, HostUnknownError, Target

pytestmark = pytest.mark.security

SETTINGS = EngineSettings(Path("/nonexistent"))


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The outside world's name server: host -> addresses."""
    known: dict[str, list[str]] = {}

    def resolve(host: str, port: int, **kwargs: Any) -> list[tuple[Any, ...]]:
        if host not in known:
            raise socket.gaierror(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in known[host]]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return known


def test_a_public_host_is_pinned_to_the_addresses_that_were_judged(names: dict[str, list[str]]) -> None:
    names["github.com"] = ["140.82.121.3", "2606:50c0:8000::153"]

    goal = transport.target("https://github.com/owner/name", settings=SETTINGS)

    assert goal == Target(
        "https://github.com/owner/name", "https", "github.com", ("140.82.121.3", "2606:50c0:8000::153")
    )
    pinned = "http.curloptResolve=github.com:443:140.82.121.3,[2606:50c0:8000::153]"
    assert pinned in transport.arguments(goal)


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.1",
            "172.16.0.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "224.0.0.1",
        ),
        *("::1", "::", "fe80::1", "fd00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
    ],
)
def test_a_host_with_an_address_inside_is_refused(names: dict[str, list[str]], address: str) -> None:
    names["github.com"] = ["140.82.121.3", address]

    with pytest.raises(AddressRefusedError):
        transport.target("https://github.com/owner/name", settings=SETTINGS)


def test_a_host_without_a_name_is_unknown(names: dict[str, list[str]]) -> None:
    with pytest.raises(HostUnknownError):
        transport.target("https://github.com/owner/name", settings=SETTINGS)


def test_an_ssh_address_is_read_by_https_where_there_is_no_key(names: dict[str, list[str]]) -> None:
    names["github.com"] = ["140.82.121.3"]
    url = "git@github.com:owner/name.git"

    assert transport.target(url, settings=SETTINGS).url == "https://github.com/owner/name.git"
    with_key = transport.target(url, settings=replace(SETTINGS, ssh_key="key"))
    assert (with_key.url, with_key.scheme) == (url, "ssh")


def test_the_longest_prefix_of_the_operator_wins() -> None:
    rewrites = {"https://github.com/": "http://mirror/", "https://github.com/owner/": "file:///srv/owner/"}
    settings = replace(SETTINGS, url_rewrites=rewrites)

    assert transport.target("https://github.com/owner/name", settings=settings).url == "file:///srv/owner/name"
    assert transport.target("https://github.com/other/name", settings=settings).url == "http://mirror/other/name"
    assert transport.target("git@github.com:other/name", settings=settings).url == "http://mirror/other/name.git"


@pytest.mark.parametrize("place", ["ext::sh -c id #", "git://mirror/", "--upload-pack=id ", "/srv/", "http://-x/"])
def test_a_rewrite_leads_to_no_other_kind_of_address(place: str) -> None:
    settings = replace(SETTINGS, url_rewrites={"https://github.com/": place})

    with pytest.raises(AddressRefusedError):
        transport.target("https://github.com/owner/name", settings=settings)


def test_only_the_scheme_of_the_address_is_allowed_to_git(tmp_path: Path) -> None:
    for url, scheme in (("http://mirror/a/b", "http"), ("file:///srv/a/b", "file"), ("ssh://git@mirror/a/b", "ssh")):
        found = transport.environment(Target(url, scheme), folder=tmp_path, settings=SETTINGS)

        assert found["GIT_ALLOW_PROTOCOL"] == scheme
        assert found["GIT_TERMINAL_PROMPT"] == "0"


def test_git_sees_nothing_of_the_servers_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "of-the-server")
    monkeypatch.setenv("GIT_SSH_COMMAND", "other")
    monkeypatch.setenv("https_proxy", "http://proxy:3128")

    found = transport.environment(Target("https://github.com/a/b", "https"), folder=tmp_path, settings=SETTINGS)

    assert "of-the-server" not in found.values()
    assert found["GIT_SSH_COMMAND"].startswith("ssh -F /dev/null")
    assert found["https_proxy"] == "http://proxy:3128"


def test_the_pinned_keys_of_github_are_the_published_ones(tmp_path: Path) -> None:
    pinned = tmp_path / "known_hosts"
    pinned.write_text(transport.GITHUB_KNOWN_HOSTS)

    said = subprocess.run(["ssh-keygen", "-l", "-f", str(pinned)], capture_output=True, check=True, text=True).stdout

    assert [line.split()[1] for line in said.splitlines()] == [
        "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU",
        "SHA256:p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM",
        "SHA256:uNiVztksCsDhcc0u9e8BujQXVUpKZIDTMczCvj3tD2s",
    ]


def test_host_keys_of_the_operator_replace_the_pinned_ones(tmp_path: Path) -> None:
    settings = replace(SETTINGS, known_hosts="git.example.com ssh-ed25519 AAAA")

    transport.environment(Target("ssh://git@git.example.com/a/b", "ssh"), folder=tmp_path, settings=settings)

    assert (tmp_path / "known_hosts").read_text() == "git.example.com ssh-ed25519 AAAA\n"


def test_a_key_does_not_show_when_settings_are_printed() -> None:
    assert "very-private" not in repr(replace(SETTINGS, ssh_key="very-private"))
