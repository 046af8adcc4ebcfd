"""What holds for every path: methods, content types, the number of statements, and failures."""

from __future__ import annotations

import logging

import pytest
from django.conf import settings
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from connectors.choices import ConnectorStatus
from connectors.drafts import update
from tests import factory
from tests.api import Api

DRAFTS = "/connectors/drafts"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE"])
def test_method_that_a_list_does_not_know_is_405_with_those_it_does(method: str, api: Api) -> None:
    answer = api.send(method, DRAFTS, b"{}")

    assert (answer.status, answer.codes) == (405, ["InvalidOperation"])
    assert {"GET", "POST"} <= {name.strip() for name in answer.headers["Allow"].split(",")}


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/png", "text/*"])
def test_answer_that_is_no_json_is_406(accept: str, api: Api) -> None:
    answer = api.get(DRAFTS, Accept=accept)

    assert (answer.status, answer.codes) == (406, ["InvalidOperation"])


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/*", "text/html, application/json;q=0.1"])
def test_any_header_that_allows_json_gets_it(accept: str, api: Api) -> None:
    assert api.get(DRAFTS, Accept=accept).status == 200


@pytest.mark.parametrize("format", ["json", "api", "html", "xml"])
def test_format_in_the_query_changes_nothing(format: str, api: Api) -> None:
    assert api.get(DRAFTS, ("format", format)).status == 200


def test_get_may_say_json_without_a_body(api: Api) -> None:
    assert api.send("GET", DRAFTS, b"", content_type="application/json").status == 200


def test_head_is_get_without_a_body(api: Api) -> None:
    answer = api.send("HEAD", DRAFTS)

    assert (answer.status, answer.text) == (200, "")


def test_options_needs_a_token_and_tells_the_methods(api: Api, nobody: Api) -> None:
    answer = api.send("OPTIONS", DRAFTS)

    assert answer.status == 200
    assert "POST" in answer.headers["Allow"]
    assert nobody.send("OPTIONS", DRAFTS).status == 401


def test_charset_of_json_is_accepted(api: Api) -> None:
    assert api.send("POST", DRAFTS, b"{}", content_type="application/json; charset=utf-8").status == 400


@pytest.mark.parametrize("type_", ["application/xml", "text/json", "application/jsonp", "nonsense", "a/b/c"])
def test_body_of_another_type_is_415(type_: str, api: Api) -> None:
    answer = api.send("POST", DRAFTS, b"{}", content_type=type_)

    assert (answer.status, answer.codes) == (415, ["InvalidJsonInput"])


def test_unexpected_failure_is_500_that_tells_nothing_and_is_logged(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr(update, "create", fail)

    with caplog.at_level(logging.ERROR):
        answer = api.post(DRAFTS, factory.body())

    assert (answer.status, answer.codes) == (500, ["General"])
    assert "secret detail" not in answer.text
    assert "secret detail" in caplog.text


class TestStatements:
    """Each endpoint needs a fixed number of SQL statements, whatever the page holds, while limits are off."""

    @pytest.fixture(autouse=True)
    def limits_off(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(settings, "RATE_LIMITS", False)

    def test_limits_add_one(
        self, api: Api, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        monkeypatch.setattr(settings, "RATE_LIMITS", True)

        with django_assert_num_queries(7):
            made = api.post(DRAFTS, factory.body(key=None)).json
        rename = {"version": 1, "actions": [{"action": "setName", "name": "Other"}]}
        with django_assert_num_queries(7):
            assert api.post(f"{DRAFTS}/{made['id']}", rename).status == 201

    @pytest.mark.parametrize("rows", [1, 25])
    def test_of_a_query_do_not_grow_with_the_page(
        self, rows: int, api: Api, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for n in range(rows):
            factory.draft(name=f"Draft {n}")

        with django_assert_num_queries(3):
            page = api.get(DRAFTS, ("limit", 500)).json

        assert page["count"] == rows

    @pytest.mark.parametrize("rows", [1, 6])
    def test_of_a_search_do_not_grow_with_the_page(
        self, rows: int, api: Api, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for _ in range(rows):
            factory.at(ConnectorStatus.PUBLISHED)

        with django_assert_num_queries(4):
            page = api.get("/connectors/search").json
        with django_assert_num_queries(3):  # Counted already, and nothing was published since.
            again = api.get("/connectors/search").json

        assert page["count"] == rows
        assert again == page

    def test_of_one_draft_or_connector_are_two(
        self, api: Api, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        row = factory.at(ConnectorStatus.PUBLISHED, key="one")

        for path in (f"{DRAFTS}/{row.id}", f"{DRAFTS}/key=one", f"/connectors/{row.id}", "/connectors/key=one"):
            with django_assert_num_queries(2):
                assert api.get(path).status == 200

    @pytest.mark.parametrize("regions", [0, 5])
    def test_of_a_creation_are_six(
        self, regions: int, api: Api, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        body = factory.body(key="one", supportedRegions=settings.REGIONS[:regions])

        # The token; the transaction, the draft, the run that reads its connect.yaml, the event, the transaction's end.
        with django_assert_num_queries(6):
            assert api.post(DRAFTS, body).status == 201

    @pytest.mark.parametrize("actions", [1, 20])
    @pytest.mark.parametrize("path", ["{id}", "key=one"])
    def test_of_an_update_do_not_grow_with_its_actions(
        self, path: str, actions: int, api: Api, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        row = factory.draft(key="one")
        requested = [{"action": "setName", "name": f"Name {n}"} for n in range(actions)]

        # The token; the transaction, the draft with all that belongs to it, its new state, the events, the end.
        with django_assert_num_queries(6):
            answer = api.post(f"{DRAFTS}/{path.format(id=row.id)}", {"version": 1, "actions": requested})

        assert answer.json["name"] == f"Name {actions - 1}"

    @pytest.mark.parametrize("path", ["{id}", "key=one"])
    def test_of_an_update_with_an_old_version_are_five(
        self, path: str, api: Api, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        row = factory.draft(key="one")
        body = {"version": 7, "actions": [{"action": "setName", "name": "Other"}]}

        with django_assert_num_queries(5):
            assert api.post(f"{DRAFTS}/{path.format(id=row.id)}", body).status == 409

    @pytest.mark.parametrize("updates", [0, 9])
    def test_of_a_deletion_do_not_grow_with_its_history(
        self, updates: int, api: Api, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        row = factory.draft(key="one")
        for n in range(updates):
            factory.act(row, {"action": "setRepository", "tag": f"1.0.{n}"})

        # What belongs to the draft goes with it, table by table, after it was locked where the database locks rows.
        with django_assert_num_queries(24 if connection.features.has_select_for_update else 21):
            assert api.delete(f"{DRAFTS}/{row.id}").status == 200

    def test_of_a_refused_token_are_one(self, db: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        with django_assert_num_queries(1):
            assert Api("unknown").get(DRAFTS).status == 401

    def test_of_an_update_do_not_grow_with_the_comments(
        self, api: Api, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        row = factory.at(ConnectorStatus.FAILED)
        for n in range(10):
            row = factory.act(row, {"action": "addCertificationComment", "comment": f"Comment {n}"})
        body = {"version": row.version, "actions": [{"action": "setName", "name": "New"}]}

        with django_assert_max_num_queries(10):
            assert api.post(f"{DRAFTS}/{row.id}", body).status == 201
