"""The 19 update actions."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Event
from connectors.choices import ConnectorStatus
from connectors.contract.request_fields import LARGEST_ACCESS
from connectors.drafts import actions, update
from connectors.drafts.representation import staged
from connectors.drafts.update import Lookup
from connectors.errors import (
    ConnectorAlreadyCertified,
    ConnectorStagedInCertification,
    ConnectorStagedNotPrivate,
    ConnectorStagedPreviewRequestUnderProcess,
    InvalidJsonInput,
    InvalidOperation,
)
from connectors.models import CertificationComment, Connector, ConnectorStaged, ValidationRun
from connectors.runs import runs
from connectors.status import FROZEN
from tests import contract, factory

S = ConnectorStatus
PROJECT = "europe-west1.gcp:partner"
PUBLISH = {"action": "publish", "certification": False}
CERTIFY = {"action": "publish", "certification": True}
COMMENT = {"action": "addCertificationComment", "comment": "Please look\nagain\tat <b>this</b>"}
TAG = {"action": "setRepository", "tag": "2.0.0"}

SETTERS: list[tuple[dict[str, Any], str, object]] = [
    # the action, the place in the representation, its value afterwards
    ({"action": "setName", "name": "New"}, "name", "New"),
    ({"action": "setDescription", "description": "a\nb\tc"}, "description", "a\nb\tc"),
    ({"action": "setDescription", "description": ""}, "description", None),
    ({"action": "setSupportedRegions", "regions": ["us-east-2.aws"]}, "supportedRegions", ["us-east-2.aws"]),
    (
        {"action": "setDocumentationUrl", "documentationUrl": "https://acme.example/docs"},
        "documentationUrl",
        "https://acme.example/docs",
    ),
    ({"action": "setDocumentationUrl", "documentationUrl": ""}, "documentationUrl", None),
    ({"action": "setIntegrationTypes", "integrationTypes": ["psp", "psp", "tax"]}, "integrationTypes", ["psp", "tax"]),
    ({"action": "setIntegrationTypes", "integrationTypes": []}, "integrationTypes", []),
    ({"action": "setCreatorName", "creatorName": "Jane"}, "creator.name", "Jane"),
    ({"action": "setCreatorTitle", "creatorTitle": "Dr"}, "creator.title", "Dr"),
    ({"action": "setCreatorEmail", "creatorEmail": "jane@acme.example"}, "creator.email", "jane@acme.example"),
    ({"action": "setCreatorCompany", "creatorCompany": "Acme"}, "creator.company", "Acme"),
    ({"action": "setCreatorNoOfContributors", "creatorNoOfContributors": 3}, "creator.noOfContributors", 3),
    (
        {"action": "setCreatorSupportUrl", "creatorSupportUrl": "https://acme.example/help"},
        "creator.supportUrl",
        "https://acme.example/help",
    ),
    (
        {"action": "setCreatorLogo", "logoUrl": "https://acme.example/a.png"},
        "creator.logoUrl",
        "https://acme.example/a.png",
    ),
]

BAD_PAYLOADS: list[tuple[dict[str, Any], str]] = [
    # the action, the field that is named
    ({"action": "setName"}, "name"),
    ({"action": "setName", "name": None}, "name"),
    ({"action": "setName", "name": 7}, "name"),
    ({"action": "setName", "name": " "}, "name"),
    ({"action": "setName", "name": "x" * 257}, "name"),
    ({"action": "setName", "name": "a\nb"}, "name"),
    ({"action": "setName", "name": "a\x00b"}, "name"),
    ({"action": "setName", "name": "\ud800"}, "name"),
    ({"action": "setDescription", "description": "x" * 5001}, "description"),
    ({"action": "setDescription", "description": "a\x07"}, "description"),
    ({"action": "setSupportedRegions", "regions": []}, "regions"),
    ({"action": "setSupportedRegions", "regions": ["mars"]}, "regions[0]"),
    ({"action": "setSupportedRegions", "regions": [["us-east-2.aws"]]}, "regions[0]"),
    ({"action": "setSupportedRegions", "regions": "us-east-2.aws"}, "regions"),
    ({"action": "setDocumentationUrl", "documentationUrl": "javascript:alert(1)"}, "documentationUrl"),
    ({"action": "setIntegrationTypes", "integrationTypes": ["psp", "x"]}, "integrationTypes[1]"),
    ({"action": "setCreatorEmail", "creatorEmail": "nobody"}, "creatorEmail"),
    ({"action": "setCreatorEmail", "creatorEmail": ""}, "creatorEmail"),
    ({"action": "setCreatorNoOfContributors", "creatorNoOfContributors": 0}, "creatorNoOfContributors"),
    ({"action": "setCreatorNoOfContributors", "creatorNoOfContributors": True}, "creatorNoOfContributors"),
    ({"action": "setCreatorNoOfContributors", "creatorNoOfContributors": 2**70}, "creatorNoOfContributors"),
    ({"action": "setRepository", "url": "https://evil.example/o/r", "tag": "1.0.0"}, "url"),
    ({"action": "setRepository", "tag": "--upload-pack=x"}, "tag"),
    ({"action": "setRepository", "url": None, "tag": "1.0.0"}, "url"),
    ({"action": "addPrivateProject", "privateProject": "no colon"}, "privateProject"),
    ({"action": "removePrivateProject", "privateProject": "a:" + "b" * 37}, "privateProject"),
    ({"action": "publish"}, "certification"),
    ({"action": "publish", "certification": "true"}, "certification"),
    ({"action": "publish", "certification": 1}, "certification"),
    ({"action": "addCertificationComment", "comment": ""}, "comment"),
    ({"action": "addCertificationComment", "comment": "x" * 10_001}, "comment"),
]


def shown(row: ConnectorStaged, path: str) -> object:
    """Return a value of the representation."""
    value: Any = staged(row)
    for name in path.split("."):
        value = value[name]
    return value


def test_registry_is_the_contracts_list() -> None:
    schema = contract.registry().contents(contract.BASE + "ConnectorUpdate.json")

    assert sorted(actions.REGISTRY) == sorted(schema["$defs"]["Action"]["properties"]["action"]["enum"])


@pytest.mark.parametrize("row", [r for r in contract.examples() if r["file"].startswith("action.")], ids=str)
def test_example_of_the_contract_is_accepted(row: dict[str, str]) -> None:
    example = contract.example(row["file"])

    (action, data), *others = actions.parse([example])

    contract.validate(row["schema"], example)
    assert not others
    assert action.name == example["action"]
    assert data == {name: value for name, value in example.items() if name != "action"}


@pytest.mark.django_db
@pytest.mark.parametrize(("action", "path", "value"), SETTERS)
def test_setter_sets_its_field_and_nothing_else(action: dict[str, Any], path: str, value: object) -> None:
    row = factory.draft()
    before = staged(row)

    changed = factory.act(row, action)

    contract.validate(f"ConnectorUpdate.json#/$defs/{action['action']}", action)
    assert shown(changed, path) == value
    top = path.partition(".")[0]
    assert {name for name, was in before.items() if staged(changed)[name] != was} <= {"version", top}


@pytest.mark.parametrize(("action", "field"), BAD_PAYLOADS)
def test_bad_payload_is_named_with_its_place(action: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidJsonInput) as caught:
        actions.parse([{"action": "unlist"}, action])

    assert [problem.field for problem in caught.value.problems] == [f"actions[1].{field}"]


@pytest.mark.parametrize("name", ["noSuchAction", "SetName", "", None, 7, ["setName"], {"a": 1}, "__init__"])
def test_unknown_action_is_named_with_those_that_exist(name: object) -> None:
    with pytest.raises(InvalidJsonInput) as caught:
        actions.parse([{"action": name}])

    assert "setName" in str(caught.value.problems[0])


OWN_ERRORS = {"publish", "updatePreviewable", "addCertificationComment"}
FROZEN_OUT = [name for name in actions.REGISTRY if name not in OWN_ERRORS]
EXAMPLES: dict[str, dict[str, Any]] = {
    **{action["action"]: action for action, *_ in SETTERS},
    "setRepository": TAG,
    "addPrivateProject": {"action": "addPrivateProject", "privateProject": PROJECT},
    "removePrivateProject": {"action": "removePrivateProject", "privateProject": PROJECT},
    "unlist": {"action": "unlist"},
}


@pytest.mark.django_db
@pytest.mark.parametrize("status", sorted(FROZEN))
@pytest.mark.parametrize("name", FROZEN_OUT)
def test_frozen_draft_refuses_and_names_the_status(name: str, status: str) -> None:
    row = factory.at(status)

    with pytest.raises(InvalidOperation, match=status):
        factory.act(row, EXAMPLES[name])


@pytest.mark.django_db
class TestPrivateProject:
    def test_is_added_once_and_removed(self) -> None:
        row = factory.draft()
        add, remove = EXAMPLES["addPrivateProject"], EXAMPLES["removePrivateProject"]

        assert factory.act(row, add, add).private_projects == [PROJECT]
        assert factory.act(row, add).private_projects == [PROJECT]
        assert factory.act(row, remove, remove).private_projects == []

    def test_more_than_a_new_draft_may_have_are_refused(self) -> None:
        row = factory.draft(privateProjects=[f"europe-west1.gcp:project-{n}" for n in range(LARGEST_ACCESS)])

        assert factory.act(row, {"action": "addPrivateProject", "privateProject": "europe-west1.gcp:project-0"})
        with pytest.raises(InvalidOperation, match="1000"):
            factory.act(row, EXAMPLES["addPrivateProject"])

    def test_of_a_public_draft_is_refused(self) -> None:
        row = factory.at(S.PUBLISHED)

        for name in ("addPrivateProject", "removePrivateProject"):
            with pytest.raises(ConnectorStagedNotPrivate):
                factory.act(row, EXAMPLES[name])


@pytest.mark.django_db
class TestSetRepository:
    def test_tag_alone_leaves_the_url(self) -> None:
        row = factory.draft()

        changed = factory.act(row, TAG)

        assert (changed.repository_url, changed.repository_tag) == (row.repository_url, "2.0.0")

    def test_url_alone_leaves_the_tag(self) -> None:
        changed = factory.act(factory.draft(), {"action": "setRepository", "url": "git@github.com:acme/other.git"})

        assert (changed.repository_url, changed.repository_tag) == ("git@github.com:acme/other.git", "1.0.0")

    def test_nothing_different_changes_nothing_but_the_version(self) -> None:
        row = factory.draft()
        with_grant = granted(row)

        changed = factory.act(row, {"action": "setRepository", "tag": "1.0.0"})

        assert changed.is_previewable == with_grant.is_previewable == "true"
        assert changed.version == with_grant.version + 1
        assert changed.runs.filter(kind=ValidationRun.Kind.CONFIGURATION).count() == 1

    def test_other_code_loses_the_preview_and_the_configuration(self) -> None:
        row = granted(factory.draft())

        changed = factory.act(row, TAG)

        assert (changed.is_previewable, changed.previewable_report) == ("none", None)
        assert (changed.configurations, changed.global_configuration, changed.api_client) == ([], None, None)


@pytest.mark.django_db
class TestUpdatePreviewable:
    def test_is_pending_and_a_run_waits(self) -> None:
        row = factory.act(factory.draft(), {"action": "updatePreviewable"})

        assert row.is_previewable == "pending"
        assert factory.last_run(row, ValidationRun.Kind.PREVIEW).state == runs.State.QUEUED

    def test_while_pending_is_under_process(self) -> None:
        row = factory.act(factory.draft(), {"action": "updatePreviewable"})

        with pytest.raises(ConnectorStagedPreviewRequestUnderProcess):
            factory.act(row, {"action": "updatePreviewable"})

    @pytest.mark.parametrize("status", sorted(FROZEN))
    def test_while_processed_or_reviewed_is_under_process(self, status: str) -> None:
        row = factory.at(status)

        with pytest.raises(ConnectorStagedPreviewRequestUnderProcess, match=status):
            factory.act(row, {"action": "updatePreviewable"})

        assert not row.runs.filter(kind=ValidationRun.Kind.PREVIEW).exists()

    def test_after_a_publish_of_the_same_request_is_under_process(self) -> None:
        row = factory.draft()

        with pytest.raises(ConnectorStagedPreviewRequestUnderProcess):
            factory.act(row, PUBLISH, {"action": "updatePreviewable"})

    def test_after_a_grant_may_be_asked_again(self) -> None:
        row = granted(factory.draft())

        changed = factory.act(row, {"action": "updatePreviewable"})

        assert (changed.is_previewable, changed.previewable_report) == ("pending", None)


@pytest.mark.django_db
class TestPublish:
    @pytest.mark.parametrize("certification", [True, False])
    @pytest.mark.parametrize("status", [S.DRAFT, S.FAILED])
    def test_is_processed_by_a_run_over_the_tag(self, status: str, certification: bool) -> None:
        row = factory.publish(factory.at(status), certification=certification)

        run = factory.last_run(row)
        assert (row.status, row.publishing_report) == (S.PROCESSING, None)
        assert (run.certification, run.tag, run.url) == (certification, row.repository_tag, row.repository_url)

    @pytest.mark.parametrize("status", sorted(FROZEN))
    def test_for_certification_while_frozen_is_in_certification(self, status: str) -> None:
        row = factory.at(status)

        with pytest.raises(ConnectorStagedInCertification):
            factory.act(row, CERTIFY)

    @pytest.mark.parametrize("status", sorted(FROZEN))
    def test_without_certification_while_frozen_is_refused(self, status: str) -> None:
        row = factory.at(status)

        with pytest.raises(InvalidOperation, match=status):
            factory.act(row, PUBLISH)

    def test_of_a_certified_connector_without_changes_is_already_certified(self) -> None:
        row = factory.at(S.PUBLISHED)

        with pytest.raises(ConnectorAlreadyCertified):
            factory.act(row, CERTIFY)

    def test_of_a_certified_connector_with_changes_is_processed_while_the_old_one_stays(self) -> None:
        row = factory.at(S.PUBLISHED)

        changed = factory.act(row, {"action": "setName", "name": "Second"}, CERTIFY)

        assert changed.status == S.PROCESSING
        assert (changed.published.name, changed.published.certified) == (row.name, True)
        assert changed.already_listed

    def test_of_an_unlisted_connector_without_changes_lists_it_at_once(self) -> None:
        row = factory.act(factory.at(S.PUBLISHED), {"action": "unlist"})
        runs_before = row.runs.count()

        listed = factory.act(row, CERTIFY)

        assert (listed.status, listed.already_listed, listed.certified) == (S.PUBLISHED, True, True)
        assert (listed.version, listed.runs.count()) == (row.version + 1, runs_before)
        assert [entry["title"] for entry in listed.publishing_report["entries"]] == ["Listed again"]
        assert listed.releases.count() == 1
        assert Event.objects.latest("id").name == "connector:listed"
        with pytest.raises(ConnectorAlreadyCertified):
            factory.act(listed, CERTIFY)

    def test_of_an_unlisted_connector_with_changes_needs_a_new_certification(self) -> None:
        row = factory.act(factory.at(S.PUBLISHED), {"action": "unlist"})

        changed = factory.act(row, {"action": "setName", "name": "Second"}, CERTIFY)

        assert (changed.status, changed.already_listed) == (S.PROCESSING, False)

    def test_of_an_unlisted_connector_without_a_valid_certificate_needs_a_new_certification(self) -> None:
        row = factory.act(factory.at(S.PUBLISHED), {"action": "unlist"})
        Connector.objects.update(certified=False)

        processed = factory.act(row, CERTIFY)

        assert (processed.status, processed.already_listed) == (S.PROCESSING, False)

    def test_of_an_unlisted_connector_whose_next_version_was_given_up_lists_it_at_once(self) -> None:
        row = factory.act(factory.at(S.PUBLISHED), {"action": "unlist"}, {"action": "setName", "name": "Second"})
        row = factory.rejected(factory.publish(row, certification=True))

        listed = factory.act(row, {"action": "setName", "name": "Acme payments"}, CERTIFY)

        assert (listed.status, listed.already_listed) == (S.PUBLISHED, True)

    def test_of_an_unlisted_connector_for_private_use_is_processed(self) -> None:
        row = factory.act(factory.at(S.PUBLISHED), {"action": "unlist"})

        assert factory.act(row, PUBLISH).status == S.PROCESSING

    def test_after_other_actions_of_the_request_sees_their_changes(self) -> None:
        row = factory.act(factory.draft(), TAG, PUBLISH)

        assert factory.last_run(row).tag == "2.0.0"


@pytest.mark.django_db
class TestUnlist:
    @pytest.mark.parametrize("status", [S.DRAFT, S.FAILED])
    def test_of_what_was_never_published_names_deletion_which_works(self, status: str) -> None:
        row = factory.at(status)

        with pytest.raises(InvalidOperation, match="can be deleted"):
            factory.act(row, {"action": "unlist"})
        assert update.delete(Lookup(id=row.id), by=factory.developer())

    def test_of_a_private_connector_names_deletion_which_works(self) -> None:
        row = factory.at(S.PUBLISHED, certification=False)

        with pytest.raises(InvalidOperation, match="delete the draft"):
            factory.act(row, {"action": "unlist"})
        assert update.delete(Lookup(id=row.id), by=factory.developer())

    def test_of_a_private_connector_that_was_public_names_nothing_that_is_refused(self) -> None:
        row = factory.validated(factory.publish(factory.at(S.PUBLISHED), certification=False))

        with pytest.raises(InvalidOperation, match="now private") as caught:
            factory.act(row, {"action": "unlist"})
        assert "delete" not in caught.value.message

    def test_takes_a_certified_connector_from_the_list_once(self) -> None:
        row = factory.at(S.PUBLISHED)

        unlisted = factory.act(row, {"action": "unlist"})

        assert (unlisted.already_listed, unlisted.certified, unlisted.status) == (False, True, S.PUBLISHED)
        with pytest.raises(InvalidOperation, match="publish with certification"):
            factory.act(row, {"action": "unlist"})


@pytest.mark.django_db
class TestAddCertificationComment:
    @pytest.mark.parametrize("status", [S.DRAFT, S.PROCESSING])
    def test_before_a_certification_was_requested_is_refused(self, status: str) -> None:
        row = factory.at(status, certification=False)

        with pytest.raises(InvalidOperation):
            factory.act(row, COMMENT)

    def test_while_processing_is_refused(self) -> None:
        row = factory.at(S.PROCESSING)

        with pytest.raises(InvalidOperation, match="Processing"):
            factory.act(row, COMMENT)

    @pytest.mark.parametrize("status", [S.READY_FOR_CERTIFICATION, S.IN_CERTIFICATION, S.FAILED, S.PUBLISHED])
    def test_is_shown_with_the_project_key(self, status: str) -> None:
        row = factory.act(factory.at(status), COMMENT)

        (shown_comment,) = staged(row, comments=row.comments.all())["certificationInfo"]["comments"]
        assert (shown_comment["userId"], shown_comment["comment"]) == ("acme", COMMENT["comment"])
        assert row.version == ConnectorStaged.objects.get(pk=row.pk).version

    def test_is_not_repeated_in_the_event_log(self) -> None:
        factory.act(factory.at(S.READY_FOR_CERTIFICATION), COMMENT)

        assert Event.objects.filter(name="connector:commented").latest("id").details == {}
        assert CertificationComment.objects.count() == 1


def granted(row: ConnectorStaged) -> ConnectorStaged:
    """Bring a draft to isPreviewable true, with something read from connect.yaml."""
    factory.act(row, {"action": "updatePreviewable"})
    return factory.previewed(row)
