"""The draft of a Connector, with its verbs."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Project
from connectors import status
from connectors.choices import ConnectorStatus, IsPreviewable
from connectors.contract import fields
from connectors.contract.fields import Search
from connectors.errors import (
    ConnectorAlreadyCertified,
    ConnectorError,
    ConnectorStagedInCertification,
    ConnectorStagedPreviewRequestUnderProcess,
    InvalidOperation,
)
from connectors.models.content import Content, contains

FILTERED = ("private", "integration_mask")
"""The filter columns of drafts; `Tally` counts by the same."""


class ConnectorStagedQuerySet(models.QuerySet["ConnectorStaged"]):
    """Queries drafts for the pages; the API uses `connectors.store.sql_conditions`."""

    def of_member(self, user_id: int) -> ConnectorStagedQuerySet:
        """Return the drafts of every Project that a person belongs to."""
        return self.filter(project__memberships__user_id=user_id)

    def search(self, text: str) -> ConnectorStagedQuerySet:
        """Return those of which a field that this search reads, such as the name, contains the text."""
        return self.filter(contains(Search.DRAFTS, text))


class ConnectorStaged(Content):
    """A draft of a Connector. Only `drafts.update` writes it, and only its verbs assign `status`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="drafts", db_index=False)
    version = models.PositiveIntegerField(default=1)
    status = models.CharField(max_length=24, choices=ConnectorStatus.choices, default=ConnectorStatus.DRAFT)
    is_previewable = models.CharField(max_length=8, choices=IsPreviewable.choices, default=IsPreviewable.NONE)
    certification_requested = models.BooleanField(default=False)
    publishing_report = models.JSONField(null=True, blank=True)
    previewable_report = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_modified_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ConnectorStagedQuerySet.as_manager()

    class Meta:
        verbose_name = "draft (ConnectorStaged)"
        verbose_name_plural = "drafts (ConnectorStaged)"
        ordering: ClassVar[list[str]] = ["-created_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ConnectorStatus.values), name="staged_status_is_known"),
            models.CheckConstraint(
                condition=Q(is_previewable__in=IsPreviewable.values), name="staged_previewable_is_known"
            ),
        ]
        indexes = [
            # With the filter columns, so that a late page is found without reading the rows before it.
            models.Index(fields=["project", "-created_at", "id"], name="staged_by_creation", include=FILTERED),
            models.Index(fields=["project", "name", "id"], name="staged_by_name", include=FILTERED),
            models.Index(fields=["status", "last_modified_at"], name="staged_by_status"),
        ]

    # Production

    @property
    def published(self) -> Any:
        """The production Connector, or None."""
        if self._state.adding and "production" not in self._state.fields_cache:
            return None  # Not stored yet: no need to query the database.
        return getattr(self, "production", None)

    @property
    def already_listed(self) -> bool:
        """The contract's alreadyListed: a production Connector exists and is not unlisted."""
        return self.published is not None and self.published.unlisted_at is None

    @property
    def certified(self) -> bool:
        """Whether the production Connector passed certification."""
        return self.published is not None and self.published.certified

    @property
    def has_changes(self) -> bool:
        """The contract's hasChanges: a production Connector exists and publishing would change it."""
        return self.published is not None and self.content() != self.published.content()

    @property
    def frozen(self) -> bool:
        """Whether its content is currently locked."""
        return self.status in status.FROZEN

    @property
    def was_public(self) -> bool:
        """Whether the production Connector is or ever was public: it then has certificates that others rely on."""
        return self.published is not None and (
            not self.published.private or self.releases.filter(certified=True).exists()
        )

    # Refusals: why something cannot be done now, or None. Verbs raise them; pages ask before they offer an action.

    def can(self, verb: str) -> bool:
        """Return whether the status allows a verb of the table."""
        return status.can(status.STATUS, verb, self.status)

    def refusal_of(self, verb: str) -> ConnectorError | None:
        """Return why a verb of the table is not possible now."""
        if self.can(verb):
            return None
        return InvalidOperation(f"The ConnectorStaged is {self.status}: {verb.replace('_', ' ')} is not possible.")

    def refusal_of_change(self, what: str) -> ConnectorError | None:
        """Return why the content cannot be changed now; `what` names the change."""
        return self._frozen(f"{what} is not possible until the process ends")

    def _frozen(self, what: str) -> InvalidOperation | None:
        if not self.frozen:
            return None
        return InvalidOperation(f"The ConnectorStaged is {self.status}: {what}.")

    def refusal_of_submit(self, *, certification: bool) -> ConnectorError | None:
        """Return why publishing is not possible now."""
        if self.frozen and certification:
            return ConnectorStagedInCertification("The ConnectorStaged is already in the certification process.")
        if certification and self.certified and self.already_listed and not self.has_changes:
            return ConnectorAlreadyCertified("The Connector is already certified, and nothing has changed since.")
        return self._frozen("wait until the process ends")

    def refusal_of_preview(self) -> ConnectorError | None:
        """Return why a preview cannot be requested now."""
        if self.frozen:
            return ConnectorStagedPreviewRequestUnderProcess(
                f"The ConnectorStaged is {self.status}: request a preview after the process has ended."
            )
        if self.is_previewable == IsPreviewable.PENDING:
            return ConnectorStagedPreviewRequestUnderProcess("The last preview request is still being processed.")
        return None

    def refusal_of_comment(self) -> ConnectorError | None:
        """Return why a certification comment is not possible now."""
        if self.status == ConnectorStatus.PROCESSING:
            return InvalidOperation(f"The ConnectorStaged is {self.status}: comment after the checks have ended.")
        if not self.certification_requested:
            return InvalidOperation("A comment needs a request for certification: publish with certification.")
        return None

    def refusal_of_unlist(self) -> ConnectorError | None:
        """Return why the Connector cannot be unlisted now, and what can be done instead."""
        if self.certified and self.already_listed:
            return self._frozen("unlist the Connector after the process has ended")
        if self.published is None:
            instead = "Nothing is published yet; a draft that is no longer needed can be deleted."
        elif self.certified:
            instead = "It is already unlisted; publish with certification lists it again."
        elif self.was_public:
            instead = "It is now private, so it is not listed."
        else:
            instead = "It is private, so it is not listed; to remove it, delete the draft."
        return self._frozen("unlist is not possible") or InvalidOperation(
            f"Only a certified Connector that is listed can be unlisted. {instead}"
        )

    def refusal_of_delete(self) -> ConnectorError | None:
        """Return why the draft cannot be deleted now, and what can be done instead."""
        if self.was_public:
            if self.already_listed and self.certified:
                instead = "unlist it instead" + (" after the process has ended" if self.frozen else "")
            elif self.certified:
                instead = "it is already unlisted"
            else:
                instead = "it is now private, so it is not listed"
            return InvalidOperation(
                f"The ConnectorStaged is {self.status}, and its Connector is or was public. It cannot be deleted, "
                f"because its certificates must stay readable: {instead}."
            )
        if self.status == ConnectorStatus.PROCESSING:
            return self._frozen("delete it after the checks have ended")
        return self._frozen("withdraw the submission on the draft's page, then delete it")

    def can_list_again(self) -> bool:
        """Return whether `publish` with certification lists the Connector again, without another certification."""
        return self.can("list_again") and self.certified and not self.already_listed and not self.has_changes

    # Verbs: each guards itself

    def _move(self, verb: str) -> None:
        if refusal := self.refusal_of(verb):
            raise refusal
        self.status = status.STATUS[verb].end

    def submit(self, *, certification: bool) -> None:
        """Request publication, with or without certification."""
        if refusal := self.refusal_of_submit(certification=certification):
            raise refusal
        self._move("submit")
        self.publishing_report = None
        if certification:
            self.certification_requested = True

    def reject(self) -> None:
        """Validation found an error, or could not run."""
        self._move("reject")

    def admit(self) -> None:
        """Validation passed: a reviewer may start."""
        self._move("admit")

    def publish_privately(self) -> None:
        """Validation passed, and no certification was requested."""
        self._move("publish_privately")
        self.private = True

    def start_certification(self) -> None:
        """A reviewer begins."""
        self._move("start_certification")

    def certify(self) -> None:
        """The certificate is issued: the Connector becomes public."""
        self._move("certify")
        self.private = False

    def list_again(self) -> None:
        """The unlisted Connector is listed again as certified. The draft is identical, so it becomes Published."""
        self._move("list_again")

    def fail(self, *, reason: Mapping[str, Any]) -> None:
        """The certificate is refused; the reason becomes the last entry of the report."""
        self._move("fail")
        found = (self.publishing_report or {}).get("entries", [])
        self.publishing_report = {"entries": [*found, dict(reason)]}

    def withdraw(self) -> None:
        """The developer withdraws the request."""
        self._move("withdraw")

    def resubmit(self) -> None:
        """The developer replaces the tag under review: the new one is validated."""
        self._move("resubmit")
        self.publishing_report = None

    def appeal(self, *, entries: Sequence[Mapping[str, Any]]) -> None:
        """The developer requests another reviewer after a refusal; the report is again that of the checks."""
        self._move("appeal")
        self.publishing_report = {"entries": [dict(entry) for entry in entries]}

    def request_preview(self) -> None:
        """Request the previewable status."""
        if refusal := self.refusal_of_preview():
            raise refusal
        self._preview("request")
        self.previewable_report = None

    def grant_preview(self) -> None:
        """The preview validation passed."""
        self._preview("grant")

    def refuse_preview(self) -> None:
        """The preview validation found an error, or could not run."""
        self._preview("refuse")

    def _preview(self, verb: str) -> None:
        if not status.can(status.PREVIEW, verb, self.is_previewable):
            raise InvalidOperation(f"isPreviewable is {self.is_previewable}: {verb} is not possible.")
        self.is_previewable = status.PREVIEW[verb].end

    def set_repository(self, *, url: str | None = None, tag: str | None = None) -> bool:
        """Change the repository or tag, and reset everything known or granted for the old code. Return whether it
        changed."""
        new = (self.repository_url if url is None else url, self.repository_tag if tag is None else tag)
        if new == (self.repository_url, self.repository_tag):
            return False
        self.repository_url, self.repository_tag = new
        self._preview("reset")
        self.previewable_report = None
        self.forget_configuration()
        return True

    def forget_configuration(self) -> None:
        """Clear the configuration from the previous connect.yaml."""
        self.configurations, self.global_configuration, self.api_client = [], None, None

    def take_configuration(self, **derived: Any) -> None:
        """Store what the worker read from connect.yaml."""
        self.take({name: derived[name] for name in fields.DERIVED})
