"""The errors of the API: one class per error code of the contract.

An error has what the client needs to fix the request. The API's exception handler writes the envelope; pages show
`message` next to the field.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404


class ConnectorError(Exception):
    """A request that cannot be processed. `details` are the extra fields of the error object."""

    status_code = 400
    code = "General"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details

    def entries(self) -> list[dict[str, Any]]:
        """Return the error objects of the envelope, never an empty list."""
        return [{"code": self.code, "message": self.message, **self.details}]


def codes(base: type[ConnectorError] = ConnectorError) -> set[str]:
    """Return the codes of an error class and its subclasses."""
    return {base.code}.union(*(codes(kind) for kind in base.__subclasses__()))


@dataclass(frozen=True)
class Problem:
    """One problem of an input: the field as a path (`creator.email`, `actions[0].name`), and the reason."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class InvalidJsonInput(ConnectorError):
    """The body is not JSON with the expected structure; one entry per problem."""

    code = "InvalidJsonInput"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("Request body does not contain valid JSON.")
        self.problems = tuple(problems)

    def entries(self) -> list[dict[str, Any]]:
        return [{"code": self.code, "message": self.message, "detailedErrorMessage": str(p)} for p in self.problems]


class InvalidQueryParam(ConnectorError):
    """A query parameter has a value that is not allowed; one entry per problem."""

    code = "InvalidQueryParam"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("Invalid query parameter.")
        self.problems = tuple(problems)

    def entries(self) -> list[dict[str, Any]]:
        return [{"code": self.code, "message": self.message, "detailedErrorMessage": str(p)} for p in self.problems]


class ResourceNotFound(ConnectorError, Http404):
    """Nothing that the caller may see: unknown, from another Project, or deleted. A page answers 404."""

    status_code = 404
    code = "ResourceNotFound"

    def __init__(self, message: str = "The resource was not found.") -> None:
        super().__init__(message)


class ConcurrentModification(ConnectorError):
    """The version of the request is not the current one."""

    status_code = 409
    code = "ConcurrentModification"

    def __init__(self, *, expected: int, current: int | None = None) -> None:
        known = {} if current is None else {"currentVersion": current}
        super().__init__(
            "The version you sent is not the current version of the ConnectorStaged.",
            expectedVersion=expected,
            **known,
        )
        self.current = current


class DuplicateField(ConnectorError):
    """A value that must be unique is taken."""

    code = "DuplicateField"

    def __init__(self, field: str, value: object) -> None:
        super().__init__(f"A duplicate value '{value}' exists for field '{field}'.", field=field, duplicateValue=value)


class InvalidOperation(ConnectorError):
    """The request is well-formed, but not possible in the state that the draft is in."""

    code = "InvalidOperation"


class SecondFactorMissing(InvalidOperation):
    """A person without a second factor submits. Clients of the API are never refused for that."""


class ConnectorStagedInCertification(ConnectorError):
    """`publish` during certification."""

    code = "ConnectorStagedInCertification"


class ConnectorAlreadyCertified(ConnectorError):
    """`publish` with certification of an unchanged certified Connector."""

    code = "ConnectorAlreadyCertified"


class ConnectorStagedNotPrivate(ConnectorError):
    """A private Project was added to or removed from a draft that is not private."""

    code = "ConnectorStagedNotPrivate"


class ConnectorStagedPreviewRequestUnderProcess(ConnectorError):
    """`updatePreviewable` while the last request is still being checked."""

    code = "ConnectorStagedPreviewRequestUnderProcess"
