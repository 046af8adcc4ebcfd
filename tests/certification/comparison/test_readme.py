"""Documentation and license."""

from __future__ import annotations

import pytest

from certification.comparison import readme
from certification.models import Round
from tests.certification.world import FILES, World


@pytest.mark.django_db
def test_licence_and_readme_come_first(world: World) -> None:
    world.tag(
        "1.0.0",
        {**FILES, "docs/guide.md": "# Guide", "service/README.md": "# Service", "notes.txt": "x", "NOTICE": "Thanks"},
    )
    world.submitted()

    found = readme.documents(Round.objects.get())

    assert [document.path for document in found] == [
        "LICENSE",
        "NOTICE",
        "README.md",
        "docs/guide.md",
        "service/README.md",
    ]
    assert found[0].html is None
    assert "<h3>Payments</h3>" in str(found[2].html)
    commit = world.git("rev-parse", "1.0.0")
    assert found[2].link == f"https://github.com/acme/payments/blob/{commit}/README.md"


@pytest.mark.security
@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[click](javascript:alert(1))",
        "![pixel](https://tracker.example/a.png)",
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
        '<a href="https://x" style="position:fixed">x</a>',
        "<iframe src=https://x></iframe>",
        "[x](vbscript:msgbox)",
        "<javascript:alert(1)>",
    ],
)
def test_nothing_of_a_document_runs_or_loads(hostile: str) -> None:
    html = str(readme.markdown(f"# Title\n\n{hostile}\n"))

    for bad in (
        "<script",
        "<img",
        "<iframe",
        'href="javascript',
        'href="data',
        'href="vbscript',
        "<a style",
        'onerror="',
    ):
        assert bad not in html
    assert "<h3>Title</h3>" in html


def test_what_documents_are_made_of_is_shown() -> None:
    html = str(
        readme.markdown("## Install\n\n1. `npm i`\n\n| a | b |\n|--|--|\n| 1 | 2 |\n\n[docs](https://x.example)\n")
    )

    for part in ("<h4>Install</h4>", "<code>npm i</code>", "<table>", 'href="https://x.example"', "nofollow"):
        assert part in html


def test_deep_nesting_is_no_problem() -> None:
    assert readme.markdown(">" * 20_000 + "x")
    assert readme.markdown("[" * 20_000)


@pytest.mark.django_db
def test_flood_of_brackets_is_shown_as_it_is_written(world: World) -> None:
    world.tag("1.0.0", {**FILES, "docs/flood.md": "[" * 150_000, "docs/guide.md": "# Guide"})
    world.submitted()

    found = {document.path: document for document in readme.documents(Round.objects.get())}

    flood = found["docs/flood.md"]
    assert (flood.html, flood.text) == (None, "[" * 150_000)
    assert flood.problem == "The document has 150,000 opening brackets, more than 10,000."
    assert (found["docs/guide.md"].problem, found["README.md"].problem, found["LICENSE"].problem) == ("", "", "")
    assert found["docs/guide.md"].html


@pytest.mark.django_db
def test_page_renders_so_many_characters_and_shows_the_rest_as_it_is_written(world: World) -> None:
    texts = {f"docs/{name}.md": f"# {name}\n\n" + "word " * 30_000 for name in ("a", "b", "c")}
    world.tag("1.0.0", {**FILES, **texts, "service/README.md": "# Service"})
    world.submitted()

    found = {document.path: document for document in readme.documents(Round.objects.get())}

    assert [path for path, document in found.items() if document.problem] == ["docs/b.md", "docs/c.md"]
    assert found["docs/a.md"].html and found["service/README.md"].html
