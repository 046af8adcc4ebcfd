"""`/connectors`: production, read-only."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from urllib.parse import quote

import pytest

from connectors.choices import ConnectorStatus
from connectors.models import ConnectorStaged
from tests import factory
from tests.api import Api, signed_in

S = ConnectorStatus
SEARCH = "/connectors/search"


@pytest.fixture
def public(db: None) -> ConnectorStaged:
    """Return a certified connector of the Project acme."""
    return factory.at(
        S.PUBLISHED,
        key="public",
        name="Acme Payments",
        description="Cards and wallets",
        integrationTypes=["psp"],
        creator={"email": "dev@acme.example", "company": "Acme Ltd"},
    )


@pytest.fixture
def private(db: None) -> ConnectorStaged:
    """Return a private connector of the Project acme that the Project partner may use."""
    shared = ["us-east-2.aws:partner"]
    return factory.at(
        S.PUBLISHED,
        certification=False,
        key="private",
        name="Acme Taxes",
        integrationTypes=["tax"],
        privateProjects=shared,
    )


@pytest.fixture
def partner(db: None) -> Api:
    """Return a caller of the Project partner in us-east-2.aws."""
    return signed_in(factory.api_client(factory.project("partner", region="us-east-2.aws"), scopes=["view_connectors"]))


def paths(row: ConnectorStaged) -> list[str]:
    """Return the paths of a connector, by id and by key."""
    return [f"/connectors/{row.id}", f"/connectors/key={row.key}"]


class TestVisibility:
    def test_public_connector_is_visible_to_every_reader(
        self, public: ConnectorStaged, api: Api, reader: Api, other: Api, partner: Api
    ) -> None:
        for caller in (api, reader, other, partner):
            assert [caller.get(path).status for path in paths(public)] == [200, 200]
            assert caller.get(SEARCH).json["total"] == 1

    def test_private_connector_is_visible_to_its_own_and_to_shared_projects_only(
        self, private: ConnectorStaged, api: Api, other: Api, partner: Api
    ) -> None:
        for caller in (api, partner):
            assert [caller.get(path).status for path in paths(private)] == [200, 200]
            assert caller.get(SEARCH).json["total"] == 1
        assert [other.get(path).status for path in paths(private)] == [404, 404]
        assert other.get(SEARCH).json["total"] == 0

    def test_invisible_one_answers_as_an_unknown_one(self, private: ConnectorStaged, other: Api) -> None:
        answers = {other.get(path).text for path in (*paths(private), f"/connectors/{uuid.uuid4()}")}

        assert len(answers) == 1

    def test_project_of_the_same_key_in_another_region_is_not_the_shared_one(self, private: ConnectorStaged) -> None:
        namesake = signed_in(factory.api_client(factory.project("partner", region="us-central1.gcp")))

        assert namesake.get(paths(private)[0]).status == 404

    @pytest.mark.parametrize("status", [s for s in S if s != S.PUBLISHED])
    def test_what_was_never_published_is_not_there(self, status: ConnectorStatus, api: Api) -> None:
        row = factory.at(status, key="draft")

        assert [api.get(path).status for path in paths(row)] == [404, 404]
        assert api.get(SEARCH).json["total"] == 0

    def test_unlisted_one_disappears_from_search_and_still_answers(self, public: ConnectorStaged, other: Api) -> None:
        factory.act(public, {"action": "unlist"})

        assert other.get(SEARCH).json["total"] == 0
        assert [other.get(path).status for path in paths(public)] == [200, 200]

    @pytest.mark.parametrize("path", [SEARCH, "/connectors/key=public", f"/connectors/{uuid.UUID(int=1)}"])
    def test_without_a_token_is_401(self, path: str, nobody: Api) -> None:
        answer = nobody.get(path)

        assert (answer.status, answer.codes) == (401, ["invalid_token"])

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
    def test_nothing_can_be_written(self, method: str, public: ConnectorStaged, api: Api) -> None:
        for path in (*paths(public), SEARCH):
            answer = api.send(method, path, b"{}")
            assert (answer.status, answer.codes) == (405, ["InvalidOperation"])
            assert "GET" in answer.headers["Allow"]

    @pytest.mark.parametrize("id", ["7", "key=a", "key=%00", "x%00", "drafts%00"])
    def test_what_can_be_no_id_is_404(self, id: str, api: Api) -> None:
        assert api.get(f"/connectors/{id}").status == 404

    @pytest.mark.parametrize("form", ["{{{0}}}", "urn:uuid:{0}", "{0.hex}"])
    def test_an_id_in_another_form_is_none(self, form: str, public: ConnectorStaged, api: Api) -> None:
        text = quote(form.format(public.id))

        assert api.get(f"/connectors/{text}").status == 404
        assert api.get(f"{SEARCH}?id={text}").codes == ["InvalidQueryParam"]


class TestSearch:
    @pytest.mark.parametrize(
        ("query", "keys"),
        [
            ([], ["private", "public"]),
            ([("text", "acme")], ["private", "public"]),
            ([("text", "payments WALLETS")], ["public"]),
            ([("text", "payments taxes")], []),
            ([("text", "%")], []),
            ([("text", "_")], []),
            ([("text", "'; DROP TABLE x; --")], []),
            ([("creator.company", "acme ltd")], ["public"]),
            ([("creator.company", "acme")], []),
            ([("key", "public")], ["public"]),
            ([("key", "public"), ("key", "private")], ["private", "public"]),
            ([("integrationTypes", "tax"), ("integrationTypes", "psp")], ["private", "public"]),
            ([("integrationTypes", "tax")], ["private"]),
            ([("private", "true")], ["private"]),
            ([("private", "false")], ["private", "public"]),
            ([("id", str(uuid.UUID(int=1)))], []),
            ([("sort", "key desc")], ["public", "private"]),
            ([("limit", "1"), ("sort", "key")], ["private"]),
            ([("limit", "1"), ("offset", "1"), ("sort", "key")], ["public"]),
        ],
    )
    def test_finds_what_the_query_asks_for(
        self, query: list[tuple[str, str]], keys: list[str], public: ConnectorStaged, private: ConnectorStaged, api: Api
    ) -> None:
        ordered = query if any(name == "sort" for name, _ in query) else [*query, ("sort", "key")]

        found = api.get(SEARCH, *ordered).json

        assert [row["key"] for row in found["results"]] == keys

    def test_by_id_finds_one(self, public: ConnectorStaged, private: ConnectorStaged, api: Api) -> None:
        found = api.get(SEARCH, ("id", public.id)).json

        assert [row["id"] for row in found["results"]] == [str(public.id)]

    @pytest.mark.parametrize(
        "query",
        [
            ("limit", "501"),
            ("offset", "-1"),
            ("sort", "project"),
            ("private", "yes"),
            ("private", ""),
            ("id", "x"),
            ("key", "a b"),
            ("integrationTypes", "x"),
            ("text", "a\x00b"),
            ("text", "a" * 257),
            ("creator.company", "\x00"),
        ],
    )
    def test_other_values_are_invalid_query_params_that_are_named(self, query: tuple[str, str], api: Api) -> None:
        answer = api.get(SEARCH, query)

        assert (answer.status, answer.codes) == (400, ["InvalidQueryParam"])
        assert answer.problems[0].startswith(query[0])

    @pytest.mark.parametrize("name", ["text", "creator.company"])
    def test_empty_text_asks_for_everything(self, name: str, public: ConnectorStaged, api: Api) -> None:
        assert api.get(SEARCH, (name, "")).json["total"] == 1

    @pytest.mark.parametrize(
        ("name", "values"), [("text", "ab"), ("creator.company", "ab"), ("private", ["true", "true"])]
    )
    def test_what_is_asked_for_once_cannot_stand_twice(self, name: str, values: Iterable[str], api: Api) -> None:
        answer = api.get(SEARCH, *((name, value) for value in values))

        assert (answer.status, answer.codes) == (400, ["InvalidQueryParam"])
        assert answer.problems[0].startswith(name)

    def test_shows_the_same_representation_as_get(self, public: ConnectorStaged, api: Api) -> None:
        assert api.get(SEARCH).json["results"] == [api.get(path).json for path in paths(public)[:1]]
