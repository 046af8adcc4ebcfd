"""The types of what comes in, each with its limits: for the API, the forms and the OpenAPI document.

Types are strict, like the contract's JSON Schemas: a number is not a string, "1" is not a number. Lengths that the
contract does not specify are those of contract/semantics: names 256, description 5000, comment 10000, URLs 2048.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from django.conf import settings
from rest_framework import serializers

from accounts import naming
from connectors.choices import IntegrationType
from connectors.errors import InvalidJsonInput, Problem
from validator.source import addresses

KEY = re.compile(r"[A-Za-z0-9_-]{2,256}")
KEY_SCHEMA: dict[str, Any] = {"pattern": f"^{KEY.pattern}$", "minLength": 2, "maxLength": 256}
PROJECT_IDENTIFIER = re.compile(r"[a-zA-Z0-9_.-]{1,200}:[a-zA-Z0-9_-]{2,36}")
PROJECT_SCHEMA = {"pattern": f"^{PROJECT_IDENTIFIER.pattern}$"}
LINE_BREAKS = frozenset("\t\n\r")
LARGEST_INT = 2_147_483_647
LARGEST_ACCESS = 1000
"""Projects of `privateProjects`."""

LINES = r"[^\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]"
NOT_BLANK = r"[^\s\x00-\x1F\x7F-\x9F]"
"""The JSON Schema pattern for multi-line text: no control characters except line breaks."""


def whole(value: object) -> int | None:
    """Return a JSON integer, or None: 1 and 1.0 are the same number (JSON Schema 2020-12, 6.1.1), true is not a
    number."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


class Strict(serializers.Field[Any, Any, Any, Any]):
    """A field that describes as JSON Schema what it accepts."""

    def json_schema(self) -> dict[str, Any]:
        """Return the schema of a value that is not null."""
        raise NotImplementedError

    def answer(self, *, null: bool) -> serializers.Field[Any, Any, Any, Any]:
        """Return the field of an answer that shows such a value, or null where there may be none."""
        raise NotImplementedError

    def empty(self) -> Any:
        """Return what is kept for no value."""
        return None


class Text(Strict):
    """A string of at most `max_length` characters, without control characters; a single line follows the rules for
    names."""

    default_error_messages = {
        "type": "Expected a string.",
        "long": "Expected at most {max_length} characters, got {length}.",
        "empty": "Expected some text.",
        "control": "The control character {char} is not allowed.",
    }

    def __init__(
        self, *, max_length: int = 256, multiline: bool = False, allow_empty: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.max_length, self.allow_empty, self.multiline = max_length, allow_empty, multiline

    def to_internal_value(self, data: object) -> str:
        if not isinstance(data, str):
            self.fail("type")
        if len(data) > self.max_length:
            self.fail("long", max_length=self.max_length, length=len(data))
        if self.multiline and (char := naming.control_in(data, allowed=LINE_BREAKS)):
            self.fail("control", char=char)
        if not self.allow_empty and not data.strip():
            self.fail("empty")
        if data and not self.multiline and (problem := naming.problem_of(data)):
            raise serializers.ValidationError(problem)
        return data

    def to_representation(self, value: str) -> str:
        return value

    def json_schema(self) -> dict[str, Any]:
        """Return type and length, and a pattern without control characters, or the format of a name."""
        described = {"type": "string", "minLength": 0 if self.allow_empty else 1, "maxLength": self.max_length}
        if not self.multiline:
            return {**described, "format": "name", "description": naming.RULE}
        pattern = f"^{LINES}*$" if self.allow_empty else f"^{LINES}*{NOT_BLANK}{LINES}*$"
        return {**described, "pattern": pattern}

    def answer(self, *, null: bool) -> serializers.CharField:
        return serializers.CharField(allow_null=null)

    def empty(self) -> str:
        return ""


class Checked(Text):
    """A string that a rule accepts; the rule returns None or a sentence about what is expected."""

    def __init__(self, rule: Callable[[str], str | None], *, schema: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rule, self.schema = rule, schema

    def json_schema(self) -> dict[str, Any]:
        """Return type and length with the rule's own schema: a pattern, or the name of its format."""
        length = {"minLength": 0 if self.allow_empty else 1, "maxLength": self.max_length}
        return {"type": "string", **length, **self.schema}

    def to_internal_value(self, data: object) -> str:
        text = super().to_internal_value(data)
        if text or not self.allow_empty:
            problem = self.rule(text)
            if problem:
                raise serializers.ValidationError(problem)
        return text


class Whole(Strict):
    """A JSON integer within 32 bits."""

    default_error_messages = {
        "type": "Expected a whole number.",
        "small": "Expected a number of at least {min_value}.",
        "large": f"Expected a number of at most {LARGEST_INT}.",
    }

    def __init__(self, *, min_value: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.min_value = min_value

    def to_internal_value(self, data: object) -> int:
        number = whole(data)
        if number is None:
            self.fail("type")
        if number < self.min_value:
            self.fail("small", min_value=self.min_value)
        if number > LARGEST_INT:
            self.fail("large")
        return number

    def to_representation(self, value: int) -> int:
        return value

    def json_schema(self) -> dict[str, Any]:
        """Return the range."""
        return {"type": "integer", "minimum": self.min_value, "maximum": LARGEST_INT}

    def answer(self, *, null: bool) -> serializers.IntegerField:
        return serializers.IntegerField(allow_null=null)


class Truth(Strict):
    """A JSON boolean."""

    default_error_messages = {"type": "Expected true or false."}

    def to_internal_value(self, data: object) -> bool:
        if not isinstance(data, bool):
            self.fail("type")
        return data

    def to_representation(self, value: bool) -> bool:
        return value

    def json_schema(self) -> dict[str, Any]:
        """Return the type."""
        return {"type": "boolean"}

    def answer(self, *, null: bool) -> serializers.BooleanField:
        return serializers.BooleanField(allow_null=null)


class Texts(Strict):
    """A list of strings that a rule accepts; duplicates are dropped."""

    default_error_messages = {
        "type": "Expected a list of strings.",
        "few": "Expected at least {min_items} item.",
        "many": "Expected at most {max_items} items.",
    }

    def __init__(
        self,
        rule: Callable[[object], str | None],
        *,
        items: Mapping[str, Any],
        max_items: int,
        min_items: int = 0,
        choices: Sequence[tuple[str, str]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.rule, self.items, self.min_items, self.max_items = rule, items, min_items, max_items
        self.choices = choices

    def to_internal_value(self, data: object) -> list[str]:
        if not isinstance(data, list):
            self.fail("type")
        if len(data) < self.min_items:
            self.fail("few", min_items=self.min_items)
        if len(data) > self.max_items:
            self.fail("many", max_items=self.max_items)
        problems: dict[Any, Any] = {n: [problem] for n, item in enumerate(data) if (problem := self.rule(item))}
        if problems:
            raise serializers.ValidationError(problems)
        return list(dict.fromkeys(data))

    def to_representation(self, value: list[str]) -> list[str]:
        return value

    def json_schema(self) -> dict[str, Any]:
        """Return the list with its items' schema."""
        items = {"type": "string", **self.items}
        return {"type": "array", "items": items, "minItems": self.min_items, "maxItems": self.max_items}

    def answer(self, *, null: bool) -> serializers.ListField:
        """Return a list: without items it is empty, and never null."""
        return serializers.ListField(child=serializers.CharField())

    def empty(self) -> list[str]:
        return []


def wrong_key(value: str) -> str | None:
    """Check a connector key."""
    return None if KEY.fullmatch(value) else "Expected 2 to 256 letters, digits, hyphens and underscores."


def wrong_email(value: str) -> str | None:
    """Check an e-mail address."""
    return None if naming.is_address(value) else "Expected an e-mail address."


def wrong_repository(value: str) -> str | None:
    """Check a repository URL with the rules of the worker."""
    return addresses.problem_of_url(value, allowed_hosts=settings.GIT_HOSTS)


def wrong_project(value: object) -> str | None:
    """Check a ProjectIdentifier."""
    fine = isinstance(value, str) and PROJECT_IDENTIFIER.fullmatch(value)
    return None if fine else "Expected region:projectKey, such as europe-west1.gcp:my-project."


def key(**kwargs: Any) -> Checked:
    """Return the field of a connector key."""
    return Checked(wrong_key, schema=KEY_SCHEMA, allow_empty=False, **kwargs)


def name(**kwargs: Any) -> Text:
    """Return the field of a Connector's name."""
    return Text(allow_empty=False, **kwargs)


def description(**kwargs: Any) -> Text:
    """Return the field of a description."""
    return Text(max_length=5000, multiline=True, **kwargs)


def link(**kwargs: Any) -> Checked:
    """Return the field of a web address; an empty one removes it."""
    return Checked(addresses.problem_of_link, schema={"format": "web-link"}, max_length=2048, **kwargs)


def email(**kwargs: Any) -> Checked:
    """Return the field of an e-mail address."""
    return Checked(wrong_email, schema={"format": "email"}, allow_empty=False, **kwargs)


def repository_url(**kwargs: Any) -> Checked:
    """Return the field of a repository URL."""
    return Checked(wrong_repository, schema={"format": "repository-url"}, max_length=2048, allow_empty=False, **kwargs)


def repository_tag(**kwargs: Any) -> Checked:
    """Return the field of a Git tag."""
    return Checked(addresses.problem_of_tag, schema={"format": "git-tag"}, allow_empty=False, **kwargs)


def choices(known: Sequence[tuple[str, str]], **kwargs: Any) -> Texts:
    """Return the field of a list of known values, each given with what people call it."""
    values = [value for value, _ in known]
    expected = f"Expected one of {', '.join(values)}."
    return Texts(
        lambda value: None if value in values else expected,
        items={"enum": values},
        choices=known,
        max_items=100,
        **kwargs,
    )


def integration_types(**kwargs: Any) -> Texts:
    """Return the field of integration types."""
    return choices(IntegrationType.choices, **kwargs)


def regions(**kwargs: Any) -> Texts:
    """Return the field of regions."""
    return choices([(region, region) for region in settings.REGIONS], **kwargs)


def private_projects(**kwargs: Any) -> Texts:
    """Return the field of the Projects that may use a private Connector."""
    return Texts(wrong_project, items=PROJECT_SCHEMA, max_items=LARGEST_ACCESS, **kwargs)


def private_project(**kwargs: Any) -> Checked:
    """Return the field of a ProjectIdentifier."""
    return Checked(wrong_project, schema=PROJECT_SCHEMA, allow_empty=False, **kwargs)


def problems_in(detail: object, *, at: str = "") -> list[Problem]:
    """Flatten the framework's nested error details into one Problem for each message, with its path."""
    if isinstance(detail, Mapping):
        found: list[Problem] = []
        for name_, inner in detail.items():
            if name_ == "non_field_errors":
                path = at
            elif isinstance(name_, int):
                path = f"{at}[{name_}]"
            else:
                path = f"{at}.{name_}" if at else str(name_)
            found += problems_in(inner, at=path)
        return found
    if isinstance(detail, list):
        return [problem for inner in detail for problem in problems_in(inner, at=at)]
    return [Problem(at, str(detail))]


def check(serializer: type[serializers.Serializer[Any]], data: object, *, at: str = "") -> dict[str, Any]:
    """Return the cleaned data, or raise InvalidJsonInput with every problem and its path below `at`."""
    try:
        return dict(_prepared(serializer).run_validation(data))
    except serializers.ValidationError as error:
        raise InvalidJsonInput(problems_in(error.detail, at=at)) from error


@cache
def _prepared(serializer: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """Build the fields of a payload once: copying them costs as much as validating with them. They hold no state."""
    return serializer()
