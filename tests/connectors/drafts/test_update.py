"""The door that writes drafts."""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Callable, Iterator

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Event
from connectors.choices import ConnectorStatus
from connectors.drafts import representation, update
from connectors.drafts.draft_change import Change
from connectors.drafts.update import Lookup
from connectors.errors import (
    ConcurrentModification,
    ConnectorError,
    DuplicateField,
    InvalidJsonInput,
    InvalidOperation,
    ResourceNotFound,
)
from connectors.models import Access, CertificationComment, Connector, ConnectorStaged, Release, ValidationRun
from connectors.runs import runs
from connectors.signals import draft_changed
from tests import factory

NAME = {"action": "setName", "name": "Renamed"}


@pytest.fixture
def row(db: None) -> ConnectorStaged:
    """Return a new draft."""
    return factory.draft(key="payments")


@pytest.fixture
def failing_listener() -> Iterator[None]:
    """Have somebody who listens to changes fail."""

    def fail(change: Change, **kwargs: object) -> None:
        raise RuntimeError("a listener failed")

    draft_changed.connect(fail)
    yield
    draft_changed.disconnect(fail)


def everything() -> tuple[object, ...]:
    """Return all that a change of a draft may touch, to be compared before and after."""
    return tuple(
        list(model.objects.order_by("pk").values())  # type: ignore[attr-defined]
        for model in (ConnectorStaged, ValidationRun, CertificationComment, Event)
    )


def test_created_draft_is_recorded_with_its_project_and_status(row: ConnectorStaged) -> None:
    event = Event.objects.get(name="connector:created")

    assert (event.subject_id, event.subject_label, event.project_key) == (str(row.id), "payments", "acme")
    assert (event.status_to, event.version) == ("Draft", 1)


def test_creation_with_a_taken_key_leaves_nothing_behind(row: ConnectorStaged) -> None:
    before = everything()

    with pytest.raises(DuplicateField), transaction.atomic():
        factory.draft(factory.project("other"), key="payments")

    assert everything() == before


def test_drafts_without_a_key_do_not_collide(db: None) -> None:
    factory.draft()
    factory.draft(key=None)

    assert ConnectorStaged.objects.filter(key=None).count() == 2


def test_update_moves_the_version_by_one_and_records_each_action(row: ConnectorStaged) -> None:
    changed = factory.act(row, NAME, {"action": "setDescription", "description": "x"})

    events = Event.objects.filter(subject_id=str(row.id)).order_by("id")
    assert changed.version == 2
    assert [(event.name, event.version) for event in events] == [
        ("connector:created", 1),
        ("connector:updated", 2),
        ("connector:updated", 2),
    ]


def test_only_the_last_event_of_a_request_carries_the_change_of_status(row: ConnectorStaged) -> None:
    factory.act(row, NAME, {"action": "publish", "certification": False})

    events = Event.objects.filter(version=2).order_by("id")
    assert [(event.name, event.status_from, event.status_to) for event in events] == [
        ("connector:updated", "Draft", "Draft"),
        ("connector:publish-requested", "Draft", "Processing"),
    ]


@pytest.mark.parametrize(
    "actions",
    [
        [NAME, {"action": "setRepository", "tag": "2.0.0"}, {"action": "unlist"}],
        [NAME, {"action": "publish", "certification": True}, {"action": "setDescription", "description": "x"}],
        [NAME, {"action": "updatePreviewable"}, {"action": "updatePreviewable"}],
        [NAME, {"action": "addCertificationComment", "comment": "x"}],
        [NAME, {"action": "setName", "name": ""}],
    ],
)
def test_refused_request_leaves_nothing_behind(actions: list[dict[str, object]], row: ConnectorStaged) -> None:
    before = everything()

    with pytest.raises(ConnectorError), transaction.atomic():
        factory.act(row, *actions)

    assert everything() == before


def test_change_whose_listener_fails_leaves_nothing_behind(row: ConnectorStaged, failing_listener: None) -> None:
    before = everything()

    with pytest.raises(RuntimeError), transaction.atomic():
        factory.act(row, NAME, {"action": "publish", "certification": True})

    assert everything() == before


@pytest.mark.parametrize(
    "lookup",
    [
        lambda row, other: Lookup(id=uuid.uuid4()),
        lambda row, other: Lookup(id=row.id, project_id=other),
        lambda row, other: Lookup(key=row.key, project_id=other),
        lambda row, other: Lookup(key="unknown"),
    ],
    ids=["unknown id", "id of another project", "key of another project", "unknown key"],
)
def test_draft_that_is_not_there_or_not_ones_own_is_not_found(
    lookup: Callable[[ConnectorStaged, int], Lookup], row: ConnectorStaged
) -> None:
    factory.draft()
    where = lookup(row, factory.project("other").id)

    with pytest.raises(ResourceNotFound, match=r"^The resource was not found\.$"):
        update.apply(where, version=1, requested=[NAME], by=factory.developer())
    with pytest.raises(ResourceNotFound):
        update.delete(where, by=factory.developer())


@pytest.mark.parametrize("where", [{}, {"id": uuid.UUID(int=7), "key": "payments"}, {"project_id": 1}])
def test_lookup_is_by_id_or_by_key(where: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="by its id or by its key"):
        Lookup(**where)  # type: ignore[arg-type]


def test_wrong_version_is_told_before_bad_actions(row: ConnectorStaged) -> None:
    with pytest.raises(ConcurrentModification) as caught:
        update.apply(Lookup(id=row.id), version=7, requested=[{}], by=factory.developer())

    assert caught.value.details == {"expectedVersion": 7, "currentVersion": 1}


def test_bad_actions_are_all_told(row: ConnectorStaged) -> None:
    with pytest.raises(InvalidJsonInput) as caught:
        factory.act(row, {"action": "setName"}, NAME, {"action": "fly"})  # type: ignore[dict-item]

    assert [problem.field for problem in caught.value.problems] == ["actions[0].name", "actions[2].action"]


def test_draft_that_moved_on_between_load_and_store_is_a_concurrent_modification(row: ConnectorStaged) -> None:
    with pytest.raises(ConcurrentModification), update.changing(Lookup(id=row.id), by=factory.developer()) as change:
        ConnectorStaged.objects.filter(pk=row.pk).update(version=2)
        change.draft.name = "Late"

    assert ConnectorStaged.objects.get(pk=row.pk).name != "Late"


def test_what_is_derived_from_connect_yaml_does_not_move_the_version(row: ConnectorStaged) -> None:
    with update.changing(Lookup(id=row.id), by=factory.WORKER, derived=True) as change:
        change.draft.take_configuration(configurations=[], global_configuration=None, api_client={"scopes": ["x"]})

    stored = ConnectorStaged.objects.get(pk=row.pk)
    assert (stored.version, stored.last_modified_at) == (1, row.last_modified_at)
    assert '"apiClient":{"scopes":["x"]}' in stored.document


@pytest.mark.parametrize(
    ("derived", "columns"),
    [(False, {"name", "version", "last_modified_at", "document"}), (True, {"name", "document"})],
    ids=["change", "derived"],
)
def test_only_the_columns_that_changed_are_written(derived: bool, columns: set[str], row: ConnectorStaged) -> None:
    lookup = Lookup(id=row.id)
    with (
        CaptureQueriesContext(connection) as captured,
        update.changing(lookup, by=factory.WORKER, derived=derived) as change,
    ):
        change.draft.name = "Renamed"

    (written,) = [query["sql"] for query in captured if query["sql"].startswith("UPDATE")]
    assert set(re.findall(r'"(\w+)" = ', written.partition(" WHERE ")[0])) == columns


def test_nothing_is_written_when_nothing_changed(row: ConnectorStaged) -> None:
    lookup = Lookup(id=row.id)
    with CaptureQueriesContext(connection) as captured, update.changing(lookup, by=factory.WORKER, derived=True):
        pass

    assert not [query["sql"] for query in captured if query["sql"].startswith("UPDATE")]


def test_json_that_is_changed_in_place_is_written(row: ConnectorStaged) -> None:
    with update.changing(Lookup(id=row.id), by=factory.developer()) as change:
        change.draft.private_projects.append("europe-west1.gcp:other")

    assert ConnectorStaged.objects.get(pk=row.pk).private_projects == ["europe-west1.gcp:other"]


@pytest.mark.parametrize("status", ConnectorStatus)
@pytest.mark.django_db
def test_stored_document_is_what_the_representation_makes(status: ConnectorStatus) -> None:
    row = factory.at(status)

    stored = ConnectorStaged.objects.select_related("production").get(pk=row.pk)
    comments = stored.comments.all() if stored.certification_requested else ()
    assert stored.document == representation.document(representation.staged(stored, comments=comments))
    if stored.published:
        assert stored.published.document == representation.document(representation.connector(stored.published))


class TestDelete:
    def test_is_recorded_and_takes_runs_and_comments_along(self, row: ConnectorStaged) -> None:
        last = update.delete(Lookup(id=row.id), by=factory.developer())

        assert last == row.document
        assert not ConnectorStaged.objects.exists()
        assert not ValidationRun.objects.exists()
        event = Event.objects.latest("id")
        assert (event.name, event.subject_id, event.subject_label) == ("connector:deleted", str(row.id), "payments")

    @pytest.mark.parametrize(
        ("status", "way"),
        [
            (ConnectorStatus.PROCESSING, "after the checks have ended"),
            (ConnectorStatus.READY_FOR_CERTIFICATION, "withdraw the submission"),
            (ConnectorStatus.IN_CERTIFICATION, "withdraw the submission"),
            (ConnectorStatus.PUBLISHED, "unlist it"),
        ],
    )
    @pytest.mark.django_db
    def test_of_a_frozen_or_public_draft_is_refused_and_names_the_way(self, status: ConnectorStatus, way: str) -> None:
        row = factory.at(status)
        before = everything()

        with pytest.raises(InvalidOperation, match=f"{status}.*{way}"), transaction.atomic():
            update.delete(Lookup(id=row.id), by=factory.developer())

        assert everything() == before
        assert ConnectorStaged.objects.get(pk=row.pk).refusal_of_delete()

    @pytest.mark.django_db
    def test_of_a_private_connector_takes_it_along_and_leaves_the_event_log(self) -> None:
        row = factory.at(ConnectorStatus.PUBLISHED, certification=False, privateProjects=["a:bb"])
        row = factory.validated(factory.publish(row, certification=False))
        before = Event.objects.count()

        update.delete(Lookup(id=row.id), by=factory.developer())

        assert not ConnectorStaged.objects.exists()
        assert not Connector.objects.exists()
        assert not Release.objects.exists()
        assert not Access.objects.exists()
        assert Event.objects.count() == before + 1

    @pytest.mark.django_db
    def test_of_a_private_connector_whose_next_version_failed_is_possible(self) -> None:
        row = factory.at(ConnectorStatus.PUBLISHED, certification=False)
        row = factory.rejected(factory.publish(row, certification=True))

        assert update.delete(Lookup(id=row.id), by=factory.developer()) == row.document

    @pytest.mark.django_db
    def test_of_a_private_connector_under_validation_is_refused(self) -> None:
        row = factory.publish(factory.at(ConnectorStatus.PUBLISHED, certification=False), certification=False)

        with pytest.raises(InvalidOperation, match="after the checks have ended"):
            update.delete(Lookup(id=row.id), by=factory.developer())

    @pytest.mark.django_db
    def test_of_what_was_public_is_refused_for_good_and_names_nothing_that_is_refused(self) -> None:
        unlisted = factory.act(factory.at(ConnectorStatus.PUBLISHED), {"action": "unlist"})
        private = factory.validated(factory.publish(factory.at(ConnectorStatus.PUBLISHED), certification=False))

        for row, why in ((unlisted, "already unlisted"), (private, "now private")):
            with pytest.raises(InvalidOperation, match=why) as caught:
                update.delete(Lookup(id=row.id), by=factory.developer())
            assert "unlist it instead" not in caught.value.message
        assert Connector.objects.count() == 2


class TestSeveralWriters:
    @pytest.mark.django_db(transaction=True)
    def test_of_the_same_version_exactly_one_wins(self) -> None:
        row = factory.draft()
        start, outcomes = threading.Barrier(4), []

        def write(name: str) -> None:
            start.wait()
            try:
                action = {"action": "setName", "name": name}
                update.apply(Lookup(id=row.id), version=1, requested=[action], by=factory.developer())
                outcomes.append(name)
            except ConcurrentModification:
                outcomes.append("")
            finally:
                connection.close()

        threads = [threading.Thread(target=write, args=[f"writer {n}"]) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        winners = [name for name in outcomes if name]
        stored = ConnectorStaged.objects.get(pk=row.pk)
        assert len(outcomes) == 4
        assert len(winners) == 1
        assert (stored.name, stored.version) == (winners[0], 2)

    @pytest.mark.django_db(transaction=True)
    def test_of_the_same_new_key_exactly_one_wins(self) -> None:
        owning = factory.project()
        start, outcomes = threading.Barrier(3), []

        def write() -> None:
            start.wait()
            try:
                update.create(factory.body(key="payments"), project_id=owning.id, by=factory.developer())
                outcomes.append("won")
            except DuplicateField:
                outcomes.append("lost")
            finally:
                connection.close()

        threads = [threading.Thread(target=write) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(outcomes) == ["lost", "lost", "won"]
        assert ConnectorStaged.objects.count() == 1


@pytest.mark.django_db
def test_new_tag_drops_the_open_preview_and_reads_the_new_configuration() -> None:
    row = factory.act(factory.draft(), {"action": "updatePreviewable"})

    changed = factory.act(row, {"action": "setRepository", "tag": "2.0.0"})

    preview = factory.last_run(changed, ValidationRun.Kind.PREVIEW)
    reading = factory.last_run(changed, ValidationRun.Kind.CONFIGURATION)
    assert preview.state == runs.State.SUPERSEDED
    assert (reading.state, reading.tag) == (runs.State.QUEUED, "2.0.0")
    assert changed.is_previewable == "none"
