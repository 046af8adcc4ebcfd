"""Which repository addresses, tags and links may be stored."""

from __future__ import annotations

import pytest

from validator.source import addresses

pytestmark = pytest.mark.security

GITHUB = ("github.com",)

GOOD_URLS = [
    "https://github.com/commercetools/connect-application-kit.git",
    "https://github.com/commercetools/connect-application-kit",
    "git@github.com:commercetools/connect-application-kit.git",
    "git@github.com:commercetools/connect-application-kit",
    "ssh://git@github.com/commercetools/connect-application-kit.git",
    "https://github.com/a-b/c_d.e-f.git",
    "https://github.com/octo_corp/.github",
    "https://GitHub.com/owner/name",
]
BAD_URLS = [
    # Other transports, and programs in their place.
    "file:///etc/hostname",
    "/srv/repository.git",
    "../repository.git",
    "ext::sh -c id",
    "fd::17/x",
    "git://github.com/owner/name.git",
    "ftp://github.com/owner/name.git",
    "http://github.com/owner/name.git",
    "javascript:alert(1)",
    "C:\\repository",
    "\\\\github.com\\share",
    "github.com/owner/name",
    "//github.com/owner/name",
    # Options for ssh or git.
    "-oProxyCommand=id",
    "--upload-pack=id",
    "ssh://-oProxyCommand=id/owner/name",
    "ssh://git@-oProxyCommand=id/owner/name",
    "git@-oProxyCommand=id:owner/name",
    "git@github.com:-owner/name",
    "https://github.com/owner/-name",
    "https://github.com/owner/name --upload-pack=id",
    "https://github.com/owner/$(id)",
    "https://github.com/owner/`id`",
    "git@github.com:owner/name;id",
    # Addresses inside, and other hosts.
    "https://localhost/owner/name",
    "https://127.0.0.1/owner/name",
    "https://[::1]/owner/name",
    "https://2130706433/owner/name",
    "https://169.254.169.254/owner/name",
    "https://github.com.evil.example/owner/name",
    "https://evil.example/github.com/name",
    "https://github.com@evil.example/owner/name",
    "https://evil.example#@github.com/owner/name",
    "https://evil.example\\@github.com/owner/name",
    "evil@github.com:owner/name.git",
    "git@evil.example:owner/name.git",
    # Credentials, ports, queries, pages.
    "https://user:password@github.com/owner/name",
    "https://token@github.com/owner/name",
    "ssh://git:password@github.com/owner/name",
    "https://github.com:8443/owner/name",
    "ssh://git@github.com:2222/owner/name",
    "https://github.com/owner/name?ref=x",
    "https://github.com/owner/name#x",
    "https://github.com/owner/name/tree/main",
    "https://github.com/owner/name/",
    "https://github.com/owner",
    "https://github.com",
    "https:/github.com/owner/name",
    "https:///github.com/owner/name",
    # Dots, encodings, characters that are not seen.
    "https://github.com/owner/..",
    "https://github.com/../name",
    "https://github.com/owner/../../name",
    "https://github.com/owner/%2e%2e",
    "https://github.com/owner/.git",
    "https://github.com/owner/name%0a",
    "https://github.com/owner/name\n",
    "\nhttps://github.com/owner/name",
    " https://github.com/owner/name",
    "https://github.com/owner/na\tme",
    "https://github.com/owner/name\x00",
    "https://git\u200bhub.com/owner/name",
    "https://\u0261ithub.com/owner/name",
    "https://github\u3002com/owner/name",
    "https://github.com/owner/name\u202e",
    # Length and type.
    "",
    "   ",
    "https://github.com/" + "a" * 5000 + "/name",
    "https://github.com/owner/" + "n" * 5000,
    7,
    None,
    True,
    ["https://github.com/owner/name"],
]


@pytest.mark.parametrize("url", GOOD_URLS)
def test_an_honest_repository_address_is_accepted(url: str) -> None:
    assert addresses.problem_of_url(url, allowed_hosts=GITHUB) is None


@pytest.mark.parametrize("url", BAD_URLS, ids=lambda url: repr(url)[:50])
def test_any_other_address_is_refused_with_what_is_expected(url: object) -> None:
    problem = addresses.problem_of_url(url, allowed_hosts=GITHUB)

    assert problem is not None
    assert problem.endswith(".")


def test_a_host_is_accepted_only_where_the_operator_allows_it() -> None:
    url = "https://git.example.com/owner/name"

    assert addresses.problem_of_url(url, allowed_hosts=("github.com", "git.example.com")) is None
    problem = addresses.problem_of_url(url, allowed_hosts=GITHUB)
    assert problem is not None
    assert "github.com" in problem


@pytest.mark.parametrize(
    "tag",
    [
        "1.0.0",
        "v1.2.3",
        "v1.0.0-rc.1",
        "v1.0.0+build.5",
        "release/2024.1",
        "@scope/package@1.2.3",
        "versión-1",
        "版本/１.0",
        "выпуск-2,a=b%c#d",
        "x" * 256,
    ],
)
def test_an_honest_tag_is_accepted(tag: str) -> None:
    assert addresses.problem_of_tag(tag) is None


@pytest.mark.parametrize(
    "tag",
    [
        *(
            "",
            "-x",
            "--upload-pack=id",
            "@",
            "a..b",
            "a b",
            "a~1",
            "a^",
            "a:b",
            "+a:b",
            "a@{1}",
            "a*",
            "a?",
            "[a]",
            "a\\b",
        ),
        *(
            "a\nb",
            "a\x00b",
            "a\x7f",
            "\x1b[2J",
            "/a",
            "a/",
            "a//b",
            ".a",
            "a/.b",
            "a.lock",
            "a.lock/b",
            "a.",
            "a;id",
            "$(id)",
        ),
        *("1.0.0\u3164", "1.0.0\u115f", "\uffa01.0.0", "1.0.0\u00ad"),
        *("a\u202eb", "a\u200bb", "a\ud800", "x" * 257, "é" * 200, 1, None, ["1.0.0"]),
    ],
    ids=lambda tag: repr(tag)[:40],
)
def test_a_tag_that_git_or_a_shell_could_misread_is_refused(tag: object) -> None:
    assert addresses.problem_of_tag(tag) is not None


@pytest.mark.parametrize(
    "link",
    [
        *(
            "https://www.example.com/my-connector/documentation",
            "http://example.com",
            "https://example.com:8443/a?b=c#d",
        ),
        *("https://bücher.example/ü", "https://[::1]/x", "https://example.com/a(b)"),
    ],
)
def test_a_web_address_is_accepted_as_a_link(link: str) -> None:
    assert addresses.problem_of_link(link) is None


@pytest.mark.parametrize(
    "link",
    [
        *(
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            " https://example.com",
            "java\nscript:alert(1)",
            "data:text/html,x",
        ),
        *(
            "vbscript:x",
            "file:///etc/passwd",
            "//example.com/x",
            "https://",
            "https://x\r\nSet-Cookie: a=b",
            "https://...",
        ),
        *(
            'https://example.com/"><script>',
            "https://user:word@example.com",
            "https://[::1",
            "https://x:0/",
            "https://x:99999/",
        ),
        *("https:example.com", "ftp://example.com", "https://example.com/\u202e", "", "https://" + "a" * 3000, 7, None),
    ],
    ids=lambda link: repr(link)[:40],
)
def test_a_link_that_is_no_web_address_is_refused(link: object) -> None:
    assert addresses.problem_of_link(link) is not None


@pytest.mark.parametrize("url", GOOD_URLS[:5])
def test_every_form_of_an_address_leads_to_the_same_page(url: str) -> None:
    assert addresses.web_url(url) == "https://github.com/commercetools/connect-application-kit"


def test_a_permalink_names_commit_path_and_line() -> None:
    link = addresses.permalink("git@github.com:owner/name.git", commit="a" * 40, path="docs/a b#ü.md", line=7)

    assert link == f"https://github.com/owner/name/blob/{'a' * 40}/docs/a%20b%23%C3%BC.md#L7"
