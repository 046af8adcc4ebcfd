"""The two tables of moves, the verbs that follow them, and the page that is drawn from them."""

from __future__ import annotations

import pytest

from connectors import status
from connectors.choices import ConnectorStatus, IsPreviewable
from connectors.drafts import status_diagram
from connectors.errors import (
    ConnectorStagedInCertification,
    ConnectorStagedPreviewRequestUnderProcess,
    InvalidOperation,
)
from connectors.models import ConnectorStaged
from tests import factory
from tests.root import ROOT

MATRIX = {
    # verb: the state it leads to from each of Draft, Processing, ReadyForCertification, InCertification, Published,
    # Failed; "" where it is refused. Written by hand: a changed rule has to be changed here, too.
    "submit": ["Processing", "", "", "", "Processing", "Processing"],
    "list_again": ["Published", "", "", "", "Published", "Published"],
    "resubmit": ["", "", "Processing", "Processing", "", ""],
    "admit": ["", "ReadyForCertification", "", "", "", ""],
    "publish_privately": ["", "Published", "", "", "", ""],
    "reject": ["", "Failed", "", "", "", ""],
    "start_certification": ["", "", "InCertification", "", "", ""],
    "certify": ["", "", "", "Published", "", ""],
    "fail": ["", "", "", "Failed", "", ""],
    "withdraw": ["", "", "Draft", "Draft", "", ""],
    "appeal": ["", "", "", "", "", "ReadyForCertification"],
}
PREVIEW_MATRIX = {
    # verb: the state it leads to from each of true, false, pending, none.
    "request": ["pending", "pending", "", "pending"],
    "grant": ["", "", "true", ""],
    "refuse": ["", "", "false", ""],
    "reset": ["none", "none", "none", "none"],
}
CELLS = [(verb, s, end) for verb, ends in MATRIX.items() for s, end in zip(ConnectorStatus, ends, strict=True)]
PREVIEW_CELLS = [
    (verb, state, end) for verb, ends in PREVIEW_MATRIX.items() for state, end in zip(IsPreviewable, ends, strict=True)
]


def do(verb: str, draft: ConnectorStaged) -> None:
    """Call a verb of the status."""
    match verb:
        case "submit":
            draft.submit(certification=False)
        case "fail":
            draft.fail(reason={"type": "Error", "title": "Refused"})
        case "appeal":
            draft.appeal(entries=[])
        case _:
            getattr(draft, verb)()


def do_preview(verb: str, draft: ConnectorStaged) -> None:
    """Call a verb of isPreviewable."""
    match verb:
        case "request":
            draft.request_preview()
        case "grant":
            draft.grant_preview()
        case "refuse":
            draft.refuse_preview()
        case "reset":
            draft.set_repository(tag="2.0.0")
        case _:
            raise AssertionError(verb)


def test_matrix_knows_every_verb() -> None:
    assert set(MATRIX) == set(status.STATUS)
    assert set(PREVIEW_MATRIX) == set(status.PREVIEW)


@pytest.mark.parametrize(("verb", "state", "end"), CELLS)
def test_verb_moves_the_status_as_the_matrix_says_or_refuses_and_changes_nothing(
    verb: str, state: ConnectorStatus, end: str
) -> None:
    draft = ConnectorStaged(status=state)

    if end:
        do(verb, draft)
    else:
        with pytest.raises(InvalidOperation, match=state.value):
            do(verb, draft)

    assert draft.status == (end or state)
    assert ConnectorStaged(status=state).can(verb) == bool(end)


@pytest.mark.parametrize(("verb", "state", "end"), PREVIEW_CELLS)
def test_verb_moves_the_preview_as_the_matrix_says_or_refuses_and_changes_nothing(
    verb: str, state: IsPreviewable, end: str
) -> None:
    draft = ConnectorStaged(is_previewable=state, repository_tag="1.0.0")

    if end:
        do_preview(verb, draft)
    else:
        with pytest.raises((InvalidOperation, ConnectorStagedPreviewRequestUnderProcess)):
            do_preview(verb, draft)

    assert draft.is_previewable == (end or state)


@pytest.mark.parametrize("state", sorted(status.FROZEN))
def test_frozen_draft_that_is_submitted_for_certification_says_so(state: str) -> None:
    draft = ConnectorStaged(status=state)

    with pytest.raises(ConnectorStagedInCertification):
        draft.submit(certification=True)

    assert draft.status == state


@pytest.mark.parametrize("state", sorted(status.FROZEN))
@pytest.mark.parametrize("granted", [P for P in IsPreviewable if P != IsPreviewable.PENDING])
def test_preview_of_a_frozen_draft_is_under_process_whatever_was_granted(state: str, granted: IsPreviewable) -> None:
    draft = ConnectorStaged(status=state, is_previewable=granted)

    with pytest.raises(ConnectorStagedPreviewRequestUnderProcess, match=state):
        draft.request_preview()

    assert draft.is_previewable == granted


def test_unknown_verb_is_an_error_and_not_a_no() -> None:
    with pytest.raises(KeyError):
        status.can(status.STATUS, "fly", ConnectorStatus.DRAFT)


@pytest.mark.django_db
@pytest.mark.parametrize("state", ConnectorStatus)
def test_every_status_is_reached_by_real_verbs(state: ConnectorStatus) -> None:
    draft = factory.at(state)

    assert ConnectorStaged.objects.get(pk=draft.pk).status == state


def test_page_of_states_is_drawn_from_the_tables() -> None:
    kept = (ROOT / "docs" / "states.md").read_text()

    assert kept == status_diagram.page(), "run: python -m connectors.drafts.status_diagram > docs/states.md"
