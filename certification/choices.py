"""The enumerations of the review. Those of the contract are in `connectors.choices`."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models


class RoundKind(models.TextChoices):
    """Why a round was opened: a first version, a version after a certified one, or an appeal."""

    FIRST = "first", "First"
    UPDATE = "update", "Update"
    APPEAL = "appeal", "Appeal"


class Turn(models.TextChoices):
    """Who must act next. The contract does not have it, so it never changes one of its six statuses."""

    DEVELOPER = "developer", "Developer"
    REVIEWER = "reviewer", "Reviewer"
    SYSTEM = "system", "System"


class Awaits(models.TextChoices):
    """What the turn waits for. Whether a second signature is missing follows from the approvals."""

    REVIEW = "review", "A review"
    ANSWER = "answer", "An answer to a question"
    CHANGES = "changes", "Requested changes"
    CHECKS = "checks", "The checks of a new tag"


class Decision(models.TextChoices):
    """What ended a round. Only the first two are decisions of a reviewer."""

    CERTIFIED = "certified", "Certified"
    FAILED = "failed", "Failed"
    EXPIRED = "expired", "Deadline passed"
    RESUBMITTED = "resubmitted", "Replaced by a new tag"
    WITHDRAWN = "withdrawn", "Withdrawn"
    REJECTED = "rejected", "Stopped by the checks"


COMMENT = "comment"
ANSWER_KINDS: dict[str, str] = {COMMENT: "Comment"}
"""The labels of the kinds of answers: a comment, and those that decisions register."""


def answer_kinds() -> list[tuple[str, str]]:
    """Return the choices of the column. They are a function, so that a new decision needs no migration."""
    return list(ANSWER_KINDS.items())


class FailReason(models.TextChoices):
    """Why a certificate is refused, for statistics."""

    SECURITY = "security", "Security"
    FUNCTION = "function", "Does not do what it says"
    QUALITY = "quality", "Code quality or tests"
    DOCUMENTATION = "documentation", "Documentation or license"
    CONTRACT = "contract", "connect.yaml or listing"
    NO_ANSWER = "no-answer", "No answer in time"
    OTHER = "other", "Other"


class Escalation(models.TextChoices):
    """The role whose help a round's reviewer needs."""

    NONE = "", "None"
    LEAD = "lead", "Lead reviewer"
    SECURITY = "security", "Security reviewer"


class ApplicationType(models.TextChoices):
    """The application types of connect.yaml. The order fixes the bits of `application_mask_of`: append only."""

    SERVICE = "service", "Service"
    EVENT = "event", "Event"
    JOB = "job", "Job"
    CUSTOM_APPLICATION = "merchant-center-custom-application", "Merchant Center custom application"
    CUSTOM_VIEW = "merchant-center-custom-view", "Merchant Center custom view"
    ASSETS = "assets", "Assets"


_BITS = {value: 1 << n for n, value in enumerate(ApplicationType.values)}


def application_mask_of(types: Iterable[str]) -> int:
    """Return application types as the bits of an integer; unknown types are ignored."""
    mask = 0
    for value in types:
        mask |= _BITS.get(value, 0)
    return mask
