"""Documentation: README, installation guide, and links in every way that Markdown has."""

from __future__ import annotations

from pathlib import PurePath

import pytest
from markdown_it import MarkdownIt

from tests.validator.checks.conftest import POINTER, Run, only, rules
from validator.checks.documentation import check
from validator.results import Outcome, Severity

TEXT = "This connector sends each order to the warehouse and brings the state of the delivery back again. " * 5
README = f"# Warehouse\n\n{TEXT}\n\n## Installation\n\nSet the keys.\n"


def test_good_readme_passes(run: Run) -> None:
    result = run(check, {"README.md": README})

    assert (result.findings, result.outcome) == ((), Outcome.PASSED)


@pytest.mark.parametrize("name", ["readme.md", "README", "ReadMe.rst", "README.adoc", "README.txt"])
def test_readme_may_have_another_spelling_and_format(run: Run, name: str) -> None:
    files = {name: f"Warehouse\n=========\n\n{TEXT}\n\nInstallation\n------------\n\nx\n"}
    if name == "README.adoc":
        files = {name: f"= Warehouse\n\n{TEXT}\n\n== Installation\n"}

    assert rules(run(check, files)) == []


def test_missing_readme_fails(run: Run) -> None:
    result = run(check, {"docs/README.md": README, "service/README.md": README})

    assert (rules(result)[0], result.outcome) == ("documentation-readme-missing", Outcome.FAILED)


@pytest.mark.parametrize(
    "text",
    [
        "# A connector\n",
        "",
        "# Title\n\n## Installation\n\n```\n" + TEXT + "\n```\n",
        "## Setup\n" + "![badge](https://img.example/a.svg) " * 100,
        "# " + TEXT + "\n## Usage\n",
        "<!-- " + TEXT + " -->\n## Usage\n",
    ],
)
def test_readme_without_explanation_fails(run: Run, text: str) -> None:
    assert "documentation-readme-thin" in rules(run(check, {"README.md": text}))


def test_missing_installation_guide_fails(run: Run) -> None:
    result = run(check, {"README.md": f"# Warehouse\n\n{TEXT}\n\n## License\n"})

    assert (only(result).rule, result.outcome) == ("documentation-installation-missing", Outcome.FAILED)


@pytest.mark.parametrize(
    "path", ["INSTALL.md", "docs/getting-started.md", "docs/IntegrationGuide.md", "docs/Setup.pdf"]
)
def test_guide_may_be_a_file_of_its_own(run: Run, path: str) -> None:
    assert rules(run(check, {"README.md": f"# Warehouse\n\n{TEXT}\n", path: "x"})) == []


def test_guide_may_be_in_the_readme_of_an_application(run: Run) -> None:
    files = {
        "README.md": f"# Warehouse\n\n{TEXT}\n",
        "app/README.md": "## How to configure\n",
        "app/package.json": "{}",
    }

    assert rules(run(check, files, app="service")) == []


LINKS = """
[file](docs/a.md) [folder](docs/) [dot](./docs/a.md#second-heading) [root](/docs/a.md) [own](#installation)
[space](docs/with%20space.md) [angle](<docs/with space.md>) ![image](docs/a.png "title") [query](docs/a.png?raw=true)
[site](https://example.com/x) [mail](mailto:a@b.c) [protocol](//example.com) [issues](../../issues)
[reference][ref] <img src="docs/a.png"> <a href='docs/a.md'>x</a> [line](docs/code.js#L3-L9) [none](#)
[placeholder](https://{region}.example.com) [template](docs/${name}.md) `[code](nowhere.md)` [up](service/../docs/a.md)

[ref]: docs/a.md

```
[code](nowhere.md)
```
"""
DOCS = {
    "docs/a.md": "# First\n\n## Second _heading_!\n\n## Second heading\n\n[up](../README.md) [b](#second-heading-1)\n",
    "docs/a.png": b"\x89PNG",
    "docs/with space.md": "x",
    "docs/code.js": "x",
    "service/x.js": "x",
}


def test_links_that_lead_somewhere_stay_silent(run: Run) -> None:
    result = run(check, {"README.md": README + LINKS, **DOCS})

    assert [finding.message for finding in result.findings] == []


@pytest.mark.parametrize(
    "link",
    [
        "[a](docs/missing.md)",
        "[a](Docs/a.md)",
        "![a](docs/missing.png)",
        "[a][b]\n\n[b]: docs/missing.md",
        '<img alt="x"\n src="docs/missing.png">',
        "text <a href='missing/'>x</a>",
        "[a](../outside.md)",
        "[a](/missing.md)",
    ],
)
def test_link_that_leads_nowhere_is_an_error_in_a_readme(run: Run, link: str) -> None:
    result = run(check, {"README.md": README + "\n" + link + "\n", **DOCS})

    finding = only(result)
    assert (finding.rule, finding.severity) == ("documentation-link-broken", Severity.ERROR)
    assert (finding.line or 0) >= README.count("\n") + 2


@pytest.mark.parametrize(
    "heading", ["Connector properties", "Before you begin", "Environment variables", "Requirements"]
)
def test_guide_may_be_a_section_about_what_is_to_be_set(run: Run, heading: str) -> None:
    assert rules(run(check, {"README.md": f"# Warehouse\n\n{TEXT}\n\n# {heading}\n\nKEY: a key.\n"})) == []


@pytest.mark.parametrize("heading", ["Architecture", "Payment properties of an order", "About us"])
def test_section_about_something_else_is_no_guide(run: Run, heading: str) -> None:
    result = run(check, {"README.md": f"# Warehouse\n\n{TEXT}\n\n## {heading}\n"})

    assert only(result).rule == "documentation-installation-missing"


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        ("README.md", Severity.ERROR),
        ("app/README.md", Severity.ERROR),
        ("app/docs/README.md", Severity.WARNING),
        ("deployment-examples/cloud/README.md", Severity.WARNING),
        ("docs/README.md", Severity.WARNING),
    ],
)
def test_broken_link_is_an_error_where_every_user_reads(run: Run, path: str, severity: Severity) -> None:
    files = {"README.md": README, "app/package.json": "{}"}
    files[path] = f"{files.get(path, '')}\n[values](demo/secrets.yaml)\n"

    assert only(run(check, files, app="service")).severity is severity


def test_broken_link_elsewhere_is_a_warning_and_told_once(run: Run) -> None:
    result = run(check, {"README.md": README, "docs/a.md": "[a](x.md)\n\n[b](x.md)\n"})

    finding = only(result)
    assert (finding.severity, finding.path, finding.line) == (Severity.WARNING, "docs/a.md", 1)
    assert result.outcome is Outcome.PASSED


@pytest.mark.parametrize("link", ["#nowhere", "docs/a.md#nowhere"])
def test_heading_that_is_not_there_is_a_warning(run: Run, link: str) -> None:
    result = run(check, {"README.md": f"{README}\n[a]({link})\n", **DOCS})

    assert (only(result).rule, only(result).severity) == ("documentation-anchor-broken", Severity.WARNING)


def test_documents_of_other_peoples_packages_are_left_out(run: Run) -> None:
    result = run(
        check, {"README.md": README, "node_modules/a/README.md": "[a](missing.md)", ".github/x.md": "[a](b.md)"}
    )

    assert rules(result) == []


def test_hostile_markdown_takes_a_bounded_time(run: Run) -> None:
    hostile = (
        "[" * 20_000 + "\n\n" + "<a " * 20_000 + "\n\n" + "![](" * 10_000 + "\n\n" + ">" * 5_000 + "\n\n" + "*" * 20_000
    )

    result = run(check, {"README.md": README, "docs/x.md": hostile}, seconds=50)

    assert result.outcome is Outcome.PASSED


FLOODS = {
    "brackets": "[" * 900_000,
    "brackets on lines": "[\n" * 100_000,
    "images": "![](" * 50_000,
    "characters": "word " * 51_000,
    "bytes": "word " * 201_000,
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
@pytest.mark.parametrize(("path", "outcome"), [("README.md", Outcome.FAILED), ("docs/x.md", Outcome.PASSED)])
def test_document_that_costs_too_much_is_told_and_not_parsed(
    run: Run, monkeypatch: pytest.MonkeyPatch, flood: str, path: str, outcome: Outcome
) -> None:
    parsed: list[str] = []
    parse = MarkdownIt.parse
    monkeypatch.setattr(MarkdownIt, "parse", lambda self, text: parsed.append(text) or parse(self, text))
    files = {"README.md": README + "\n[x](docs/x.md#a)\n", "docs/x.md": "# A\n"}
    files[path] += flood

    result = run(check, files)

    finding = only(result)
    assert (finding.rule, finding.path, result.outcome) == ("documentation-not-checked", path, outcome)
    assert finding.message.startswith("The links of this document were not checked. The document has ")
    assert files[path] not in parsed


def test_documents_that_cost_too_much_together_are_told(run: Run) -> None:
    files = {f"docs/{number:02}.md": "word " * 49_000 for number in range(14)}

    result = run(check, {"README.md": README, **files})

    told = [finding.path for finding in result.findings if finding.rule == "documentation-not-checked"]
    assert told == ["docs/12.md", "docs/13.md"]
    assert "All documents together" in result.findings[0].message


@pytest.mark.parametrize("text", ["# a" + " " * 200_000 + "b", "<" * 200_000, "](" * 100_000, "a\n=\n" * 2_000])
def test_hostile_readme_takes_a_bounded_time(run: Run, text: str) -> None:
    result = run(check, {"README.md": text}, seconds=50)

    assert "documentation-readme-thin" in rules(result)


def test_readme_that_is_a_link_inside_the_repository_is_read(run: Run) -> None:
    result = run(
        check, {"README.md": PurePath("docs/README.md"), "docs/README.md": f"{README}\n[a](a.md)", "docs/a.md": ""}
    )

    assert (rules(result), result.outcome) == ([], Outcome.PASSED)


@pytest.mark.parametrize("target", ["../README.md", "/etc/hostname", "nothing", "README.md"])
def test_readme_that_is_another_link_is_not_called_missing(run: Run, target: str) -> None:
    finding = run(check, {"README.md": PurePath(target), "docs/setup.md": ""}).findings[0]

    assert finding.rule == "documentation-readme-missing"
    assert finding.message.startswith("README.md is a symbolic link to ")


def test_readme_that_is_a_pointer_of_git_lfs_says_so(run: Run) -> None:
    finding = run(check, {"README.md": POINTER, "docs/setup.md": ""}).findings[0]

    assert (finding.rule, "Git LFS" in finding.message) == ("documentation-readme-thin", True)
