"""`/connectors/drafts`: each endpoint walks the same ladder."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from urllib.parse import quote

import pytest

from connectors.choices import ConnectorStatus
from connectors.models import ConnectorStaged, ValidationRun
from tests import factory
from tests.api import Answer, Api, signed_in

Call = Callable[[Api, ConnectorStaged], Answer]
DRAFTS = "/connectors/drafts"
RENAME = {"version": 1, "actions": [{"action": "setName", "name": "Renamed"}]}

READS: dict[str, Call] = {
    "query": lambda api, row: api.get(DRAFTS),
    "by id": lambda api, row: api.get(f"{DRAFTS}/{row.id}"),
    "by key": lambda api, row: api.get(f"{DRAFTS}/key={row.key}"),
}
WRITES: dict[str, Call] = {
    "create": lambda api, row: api.post(DRAFTS, factory.body(key="new")),
    "update by id": lambda api, row: api.post(f"{DRAFTS}/{row.id}", RENAME),
    "update by key": lambda api, row: api.post(f"{DRAFTS}/key={row.key}", RENAME),
    "delete by id": lambda api, row: api.delete(f"{DRAFTS}/{row.id}"),
    "delete by key": lambda api, row: api.delete(f"{DRAFTS}/key={row.key}"),
}
OF_ONE = {name: call for name, call in {**READS, **WRITES}.items() if name not in {"query", "create"}}
calls = pytest.mark.parametrize("call", [*READS.values(), *WRITES.values()], ids=[*READS, *WRITES])
reads = pytest.mark.parametrize("call", READS.values(), ids=READS)
writes = pytest.mark.parametrize("call", WRITES.values(), ids=WRITES)
of_one = pytest.mark.parametrize("call", OF_ONE.values(), ids=OF_ONE)


@pytest.fixture
def row(db: None) -> ConnectorStaged:
    """Return a draft of the Project acme."""
    return factory.draft(key="payments")


class TestLadder:
    @reads
    def test_read_with_a_view_scope_works(self, call: Call, reader: Api, row: ConnectorStaged) -> None:
        answer = call(reader, row)

        assert answer.status == 200

    @writes
    def test_write_with_a_manage_scope_works(self, call: Call, row: ConnectorStaged) -> None:
        manager = signed_in(factory.api_client(scopes=["manage_connectors"]))

        answer = call(manager, row)

        assert answer.status in {200, 201}

    @calls
    def test_without_a_token_is_401(self, call: Call, nobody: Api, row: ConnectorStaged) -> None:
        answer = call(nobody, row)

        assert (answer.status, answer.codes) == (401, ["invalid_token"])
        assert answer.json["error"] == "invalid_token"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer ")

    @calls
    def test_with_an_unknown_token_is_401(self, call: Call, row: ConnectorStaged) -> None:
        answer = call(Api("unknown"), row)

        assert (answer.status, answer.codes) == (401, ["invalid_token"])

    @writes
    def test_write_with_a_view_scope_is_403_and_changes_nothing(
        self, call: Call, reader: Api, row: ConnectorStaged
    ) -> None:
        answer = call(reader, row)

        assert (answer.status, answer.codes) == (403, ["insufficient_scope"])
        assert answer.json["error"] == "insufficient_scope"
        assert list(ConnectorStaged.objects.values_list("id", "version", "name")) == [(row.id, 1, row.name)]

    @of_one
    def test_draft_of_another_project_answers_as_an_unknown_one(
        self, call: Call, other: Api, row: ConnectorStaged
    ) -> None:
        unknown = ConnectorStaged(id=uuid.uuid4(), key="unknown")

        foreign, missing = call(other, row), call(other, unknown)

        assert foreign.status == 404
        assert foreign.text == missing.text
        assert ConnectorStaged.objects.get(pk=row.pk).version == 1

    @pytest.mark.parametrize(
        ("body", "type_"),
        [
            (b"", "application/json"),
            (b"{", "application/json"),
            (b"[]", "application/json"),
            (b'{"version": "1", "actions": []}', "application/json"),
            (b'{"version": 1, "actions": [{"action": "fly"}]}', "application/json"),
            (b'{"version": 7, "actions": [{"action": "unlist"}]}', "application/json"),
            (b'{"a": "' + b"A" * 1_100_000 + b'"}', "application/json"),
            (b"name=x", "text/plain"),
        ],
        ids=["empty", "broken", "list", "types", "action", "version", "large", "no JSON"],
    )
    def test_foreign_draft_is_not_found_before_its_body_is_judged(
        self, body: bytes, type_: str, api: Api, other: Api, row: ConnectorStaged
    ) -> None:
        for path in (f"{DRAFTS}/{row.id}", f"{DRAFTS}/key={row.key}", f"{DRAFTS}/{uuid.uuid4()}"):
            answer = other.send("POST", path, body, content_type=type_)
            assert (answer.status, answer.codes) == (404, ["ResourceNotFound"])
        assert api.send("POST", f"{DRAFTS}/{row.id}", body, content_type=type_).status in {400, 409, 413, 415}

    def test_foreign_draft_is_not_found_before_the_version_of_its_deletion_is_judged(
        self, other: Api, row: ConnectorStaged
    ) -> None:
        for path in (f"{DRAFTS}/{row.id}", f"{DRAFTS}/key={row.key}"):
            assert other.delete(path, ("version", "x")).status == 404

    @pytest.mark.parametrize("id", ["7", "key=", "key=a", "key=%00", "not-a-uuid", "%F0%9F%92%A9", "drafts/x", "a%00b"])
    def test_what_can_be_no_id_is_404(self, id: str, api: Api) -> None:
        answer = api.get(f"{DRAFTS}/{id}")

        assert (answer.status, answer.codes) == (404, ["ResourceNotFound"])

    @pytest.mark.parametrize("form", ["{{{0}}}", "urn:uuid:{0}", "{0.hex}"])
    def test_an_id_in_another_form_is_404(self, form: str, api: Api, row: ConnectorStaged) -> None:
        for path in ("{}", "{}/runs"):
            answer = api.get(f"{DRAFTS}/{path.format(quote(form.format(row.id)))}")
            assert (answer.status, answer.codes) == (404, ["ResourceNotFound"])

    @pytest.mark.parametrize("call", [WRITES["update by id"], WRITES["update by key"]])
    def test_update_with_an_old_version_is_409(self, call: Call, api: Api, row: ConnectorStaged) -> None:
        factory.act(row, {"action": "setName", "name": "Meanwhile"})

        answer = call(api, row)

        assert (answer.status, answer.codes) == (409, ["ConcurrentModification"])
        assert answer.json["errors"][0]["expectedVersion"] == 1
        assert answer.json["errors"][0]["currentVersion"] == 2

    def test_delete_with_an_old_version_is_409(self, api: Api, row: ConnectorStaged) -> None:
        factory.act(row, {"action": "setName", "name": "Meanwhile"})

        answer = api.delete(f"{DRAFTS}/{row.id}", ("version", 1))

        assert (answer.status, answer.codes) == (409, ["ConcurrentModification"])

    @pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"x"', b"{", b"\xff", b'{"a":NaN}', b'{"a":1,"a":2}'])
    def test_bad_body_is_400_and_says_why(self, body: bytes, api: Api, row: ConnectorStaged) -> None:
        answers = [api.send("POST", path, body) for path in (DRAFTS, f"{DRAFTS}/{row.id}", f"{DRAFTS}/key={row.key}")]

        assert {answer.status for answer in answers} == {400}
        assert {code for answer in answers for code in answer.codes} == {"InvalidJsonInput"}


class TestCreate:
    def test_answers_201_with_a_private_draft_of_version_1(self, api: Api) -> None:
        answer = api.post(DRAFTS, factory.body(key="payments"))

        assert answer.status == 201
        assert (answer.json["status"], answer.json["version"], answer.json["private"]) == ("Draft", 1, True)
        assert uuid.UUID(answer.json["id"]).version == 4
        assert api.get(f"{DRAFTS}/key=payments").json == answer.json

    def test_lets_the_worker_read_the_configuration(self, api: Api) -> None:
        answer = api.post(DRAFTS, factory.body())

        run = ValidationRun.objects.get(draft_id=answer.json["id"])
        assert (run.kind, run.state) == (ValidationRun.Kind.CONFIGURATION, ValidationRun.State.QUEUED)

    def test_optional_fields_without_value_are_null_and_lists_are_empty(self, api: Api) -> None:
        created = api.post(DRAFTS, factory.body()).json

        nulls = {"key", "description", "globalConfiguration", "apiClient", "certificationInfo", "publishingReport"}
        assert {name for name in created if created[name] is None} == {*nulls, "previewableReport", "documentationUrl"}
        assert created["integrationTypes"] == created["configurations"] == created["privateProjects"] == []

    def test_read_only_and_unknown_fields_are_ignored(self, api: Api) -> None:
        forged = {
            "id": str(uuid.UUID(int=1)),
            "version": 77,
            "status": "Published",
            "private": False,
            "alreadyListed": True,
            "certified": True,
            "isPreviewable": "true",
            "publishingReport": {"entries": []},
            "certificationInfo": {"comments": []},
            "project": "other",
        }

        created = api.post(DRAFTS, factory.body(**forged)).json

        assert created["id"] != forged["id"]
        assert (created["version"], created["status"], created["private"]) == (1, "Draft", True)
        assert not created["alreadyListed"]
        assert not created["certified"]
        assert created["isPreviewable"] == "none"
        assert created["publishingReport"] is created["certificationInfo"] is None
        assert ConnectorStaged.objects.get(pk=created["id"]).project.key == "acme"

    def test_key_that_is_taken_in_any_project_is_a_duplicate_field(self, api: Api, other: Api) -> None:
        other.post(DRAFTS, factory.body(key="taken"))

        answer = api.post(DRAFTS, factory.body(key="taken"))

        assert (answer.status, answer.codes) == (400, ["DuplicateField"])
        assert (answer.json["errors"][0]["field"], answer.json["errors"][0]["duplicateValue"]) == ("key", "taken")
        assert ConnectorStaged.objects.count() == 1

    def test_every_problem_has_its_entry(self, api: Api) -> None:
        wrong = {"key": "x", "creator": {"noOfContributors": "3"}, "repository": {"url": "file:///etc/passwd"}}

        answer = api.post(DRAFTS, wrong)

        assert [problem.partition(":")[0] for problem in answer.problems] == [
            "key",
            "name",
            "creator.email",
            "creator.noOfContributors",
            "repository.url",
            "repository.tag",
        ]

    @pytest.mark.parametrize("type_", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
    def test_other_content_types_are_415(self, type_: str, api: Api) -> None:
        answer = api.send("POST", DRAFTS, b"name=x", content_type=type_)

        assert answer.status == 415

    def test_body_over_1_mb_is_413(self, api: Api) -> None:
        answer = api.post(DRAFTS, factory.body(description="A" * 1_100_000))

        assert answer.status == 413


class TestQuery:
    def test_shows_only_drafts_of_the_own_project_newest_first(self, api: Api) -> None:
        factory.draft(factory.project("other"), name="Foreign")
        first, second = factory.draft(name="First"), factory.draft(name="Second")

        page = api.get(DRAFTS).json

        assert [found["id"] for found in page["results"]] == [str(second.id), str(first.id)]
        assert {name: page[name] for name in ("limit", "offset", "count", "total")} == {
            "limit": 20,
            "offset": 0,
            "count": 2,
            "total": 2,
        }

    def test_shows_the_same_representation_as_get(self, api: Api) -> None:
        row = factory.at(ConnectorStatus.PUBLISHED)

        assert api.get(DRAFTS).json["results"] == [api.get(f"{DRAFTS}/{row.id}").json]

    def test_limit_and_offset_cut_a_page_out(self, api: Api) -> None:
        names = ["a", "b", "c", "d"]
        for name in names:
            factory.draft(name=name)

        page = api.get(DRAFTS, ("limit", 2), ("offset", 1), ("sort", "name")).json

        assert [found["name"] for found in page["results"]] == ["b", "c"]
        assert (page["count"], page["total"]) == (2, 4)

    @pytest.mark.parametrize(("limit", "offset"), [(0, 0), (500, 10_000), (20, 10_000)])
    def test_extreme_pages_are_empty_and_know_the_total(self, limit: int, offset: int, api: Api) -> None:
        factory.draft()

        page = api.get(DRAFTS, ("limit", limit), ("offset", offset)).json

        assert (page["count"], page["total"], page["results"]) == (0, 1, [])

    @pytest.mark.parametrize(
        "query",
        [
            ("limit", "501"),
            ("limit", "-1"),
            ("limit", "x"),
            ("limit", ""),
            ("limit", "1.5"),
            ("limit", "9" * 30),
            ("limit", "٣"),
            ("offset", "10001"),
            ("offset", "-1"),
            ("sort", "secret"),
            ("sort", "name up"),
            ("sort", "project__key"),
            ("isPrivate", "maybe"),
            ("isPrivate", ""),
            ("integrationTypes", ""),
            ("integrationTypes", "unknown"),
            ("integrationTypes", "a\x00b"),
        ],
    )
    def test_other_values_are_invalid_query_params_that_are_named(self, query: tuple[str, str], api: Api) -> None:
        answer = api.get(DRAFTS, query)

        assert (answer.status, answer.codes) == (400, ["InvalidQueryParam"])
        assert answer.problems[0].startswith(query[0])

    @pytest.mark.parametrize(("name", "values"), [("limit", "12"), ("isPrivate", ["true", "false"])])
    def test_what_is_asked_for_once_cannot_stand_twice(self, name: str, values: Iterable[str], api: Api) -> None:
        answer = api.get(DRAFTS, *((name, value) for value in values))

        assert (answer.status, answer.codes) == (400, ["InvalidQueryParam"])
        assert answer.problems[0].startswith(name)

    def test_every_bad_parameter_has_its_entry(self, api: Api) -> None:
        answer = api.get(DRAFTS, ("limit", "x"), ("offset", "x"), ("sort", "x"))

        assert [problem.partition(":")[0] for problem in answer.problems] == ["limit", "offset", "sort"]

    def test_sort_is_repeatable_with_a_direction(self, api: Api) -> None:
        rows = [factory.draft(name=name) for name in ("b", "a", "b")]
        factory.act(rows[2], {"action": "setDescription", "description": "x"})

        page = api.get(DRAFTS, ("sort", "name desc"), ("sort", "version asc")).json

        assert [(found["name"], found["version"]) for found in page["results"]] == [("b", 1), ("b", 2), ("a", 1)]

    def test_ties_are_ordered_by_id_so_that_pages_do_not_overlap(self, api: Api) -> None:
        ids = sorted(str(factory.draft(name="same").id) for _ in range(5))

        pages = [api.get(DRAFTS, ("sort", "name"), ("limit", 1), ("offset", n)).json for n in range(5)]

        assert [page["results"][0]["id"] for page in pages] == ids

    def test_is_private_filters(self, api: Api) -> None:
        private, public = factory.draft(), factory.at(ConnectorStatus.PUBLISHED)

        found = {value: api.get(DRAFTS, ("isPrivate", value)).json["results"] for value in ("true", "false")}

        assert [row["id"] for row in found["true"]] == [str(private.id)]
        assert [row["id"] for row in found["false"]] == [str(public.id)]

    def test_integration_types_are_repeatable_and_any_of_them_counts(self, api: Api) -> None:
        factory.draft(name="none")
        factory.draft(name="tax", integrationTypes=["tax"])
        factory.draft(name="both", integrationTypes=["psp", "other"])

        found = api.get(DRAFTS, ("integrationTypes", "tax"), ("integrationTypes", "other"), ("sort", "name")).json

        assert [row["name"] for row in found["results"]] == ["both", "tax"]


class TestUpdate:
    def test_answers_201_with_the_next_version(self, api: Api, row: ConnectorStaged) -> None:
        answer = api.post(f"{DRAFTS}/{row.id}", RENAME)

        assert answer.status == 201
        assert (answer.json["name"], answer.json["version"]) == ("Renamed", 2)
        assert api.get(f"{DRAFTS}/{row.id}").json == answer.json

    def test_several_actions_are_one_version_step_in_their_order(self, api: Api, row: ConnectorStaged) -> None:
        actions = [{"action": "setName", "name": "First"}, {"action": "setName", "name": "Last"}]

        answer = api.post(f"{DRAFTS}/{row.id}", {"version": 1, "actions": actions})

        assert (answer.json["name"], answer.json["version"]) == ("Last", 2)

    def test_one_bad_action_of_many_applies_nothing(self, api: Api, row: ConnectorStaged) -> None:
        actions = [{"action": "setName", "name": "Must not stick"}, {"action": "unlist"}]

        answer = api.post(f"{DRAFTS}/{row.id}", {"version": 1, "actions": actions})

        assert (answer.status, answer.codes) == (400, ["InvalidOperation"])
        assert api.get(f"{DRAFTS}/{row.id}").json["version"] == 1

    @pytest.mark.parametrize("version", [None, "1", 1.5, True, [], {}])
    def test_version_that_is_no_whole_number_is_invalid_input(
        self, version: object, api: Api, row: ConnectorStaged
    ) -> None:
        answer = api.post(f"{DRAFTS}/{row.id}", {**RENAME, "version": version})

        assert (answer.status, answer.codes) == (400, ["InvalidJsonInput"])
        assert answer.problems[0].startswith("version: ")

    @pytest.mark.parametrize("version", [-1, 0, 2, 2**31, 2**63, 2**80])
    def test_version_that_is_not_the_current_one_is_409(self, version: int, api: Api, row: ConnectorStaged) -> None:
        answer = api.post(f"{DRAFTS}/{row.id}", {**RENAME, "version": version})

        assert (answer.status, answer.codes) == (409, ["ConcurrentModification"])

    @pytest.mark.parametrize("actions", [None, "setName", {}, [], [RENAME["actions"]] * 101])
    def test_other_than_1_to_100_actions_is_invalid_input(
        self, actions: object, api: Api, row: ConnectorStaged
    ) -> None:
        answer = api.post(f"{DRAFTS}/{row.id}", {"version": 1, "actions": actions})

        assert (answer.status, answer.codes) == (400, ["InvalidJsonInput"])
        assert answer.problems[0].startswith("actions: ")

    def test_problems_of_all_actions_are_told_with_their_places(self, api: Api, row: ConnectorStaged) -> None:
        actions = [{"action": "setName"}, None, {"action": "setStatus"}, {"action": "publish", "certification": "true"}]

        answer = api.post(f"{DRAFTS}/{row.id}", {"version": 1, "actions": actions})

        assert [problem.partition(":")[0] for problem in answer.problems] == [
            "actions[0].name",
            "actions[1]",
            "actions[2].action",
            "actions[3].certification",
        ]


class TestDelete:
    def test_answers_200_with_the_last_representation(self, api: Api, row: ConnectorStaged) -> None:
        before = api.get(f"{DRAFTS}/{row.id}").json

        answer = api.delete(f"{DRAFTS}/{row.id}", ("version", 1))

        assert (answer.status, answer.json) == (200, before)
        assert api.get(f"{DRAFTS}/{row.id}").status == 404

    @pytest.mark.parametrize("version", ["x", "-1", "", "1.0"])
    def test_version_that_is_no_number_is_an_invalid_query_param(
        self, version: str, api: Api, row: ConnectorStaged
    ) -> None:
        answer = api.delete(f"{DRAFTS}/{row.id}", ("version", version))

        assert (answer.status, answer.codes) == (400, ["InvalidQueryParam"])

    def test_published_draft_goes_with_its_private_connector(self, api: Api) -> None:
        row = factory.at(ConnectorStatus.PUBLISHED, certification=False, key="private")

        assert api.delete(f"{DRAFTS}/key=private").status == 200

        assert [api.get(path).status for path in (f"{DRAFTS}/{row.id}", f"/connectors/{row.id}")] == [404, 404]
        assert api.get("/connectors/search").json["total"] == 0

    @pytest.mark.parametrize("status", [s for s in ConnectorStatus if s not in {"Draft", "Failed"}])
    def test_frozen_or_public_draft_stays(self, status: ConnectorStatus, api: Api) -> None:
        row = factory.at(status)

        answer = api.delete(f"{DRAFTS}/{row.id}")

        assert (answer.status, answer.codes) == (400, ["InvalidOperation"])
        assert api.get(f"{DRAFTS}/{row.id}").status == 200

    def test_failed_draft_with_comments_and_runs_goes(self, api: Api) -> None:
        row = factory.at(ConnectorStatus.READY_FOR_CERTIFICATION)
        factory.act(row, {"action": "addCertificationComment", "comment": "Hello"})
        factory.fail(factory.started(row))

        answer = api.delete(f"{DRAFTS}/{row.id}")

        assert answer.status == 200
        assert not ConnectorStaged.objects.exists()
