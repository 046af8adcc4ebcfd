"""Parse connect.yaml into the configurations of a ConnectorStaged, or the list of all its problems.

The rules are those of the platform's own tools; each problem has line, column, path, what is expected and how to fix
it. Two rules are stricter: aliases are refused, and so is the application type `unknown`, which no ConnectorStaged can
have.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from validator.results import Specification
from validator.specification import yaml_reader
from validator.specification.yaml_reader import MAX_PROBLEMS, DocumentError, Node, YamlProblem, shown

__all__ = ["FILE_NAME", "Specification", "SpecificationError", "YamlProblem", "parse"]

FILE_NAME: Final = "connect.yaml"

_NAME = re.compile(r"[A-Za-z0-9_-]{2,256}")
_KEY = re.compile(r"[A-Za-z0-9_]{2,256}")
_ENDPOINT = re.compile(r"[A-Za-z0-9_/-]+")
_RESERVED = frozenset(("port", "k_service", "k_revision", "k_configuration"))
# The schedule may be anywhere in the text, as on the platform; five fields make a cron expression.
_SCHEDULE = re.compile(
    r"@(?:annually|yearly|monthly|weekly|daily|hourly|reboot)|@every [0-9]+(?:ns|us|µs|ms|s|m|h)"
    r"|(?:(?:(?:[0-9]+,)+[0-9]+|(?:[0-9]+|\*)[/-][0-9]+|[0-9]+|\*) ?){5}"
)
# Longer strings are refused before they are matched, because matching takes quadratic time.
_MAX_SCHEDULE = 1000
# Whitespace in JavaScript: the platform treats a description of nothing else as empty.
_BLANK = (
    "\t\n\x0b\x0c\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)

_COMMON = ("name", "applicationType")
_DEPLOYED = (*_COMMON, "configuration", "scripts")
_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "service": (*_DEPLOYED, "endpoint", "healthCheck"),
    "event": (*_DEPLOYED, "endpoint", "healthCheck", "retryPolicy"),
    "job": (*_DEPLOYED, "endpoint", "properties"),
    "assets": _COMMON,
    "merchant-center-custom-application": _DEPLOYED,
    "mc-app": _DEPLOYED,
    "merchant-center-custom-view": _DEPLOYED,
}
_OLD_TYPES: Final = {"mc-app": "merchant-center-custom-application"}
_MERCHANT_CENTER: Final[Mapping[str, tuple[str, ...]]] = {
    "merchant-center-custom-application": ("CUSTOM_APPLICATION_ID", "ENTRY_POINT_URI_PATH"),
    "merchant-center-custom-view": ("CUSTOM_VIEW_ID",),
}
_ARTICLES: Final = {
    "object": "an object",
    "list": "a list",
    "string": "a string",
    "number": "a number",
    "boolean": "true or false",
}


class SpecificationError(ValueError):
    """The file is not a valid specification; `problems` lists all problems in the order of the file."""

    def __init__(self, problems: tuple[YamlProblem, ...]) -> None:
        super().__init__("; ".join(problem.message for problem in problems[:3]))
        self.problems = problems


def parse(text: bytes, *, max_bytes: int = yaml_reader.MAX_BYTES) -> Specification:
    """Read the text of connect.yaml.

    Returns the configurations in the shape of a ConnectorStaged: `configurations`, `global_configuration` (None when it
    has no entries) and `api_client`. Raises SpecificationError with every problem at once.
    """
    try:
        root = yaml_reader.load(text, max_bytes=max_bytes)
    except DocumentError as error:
        raise SpecificationError(error.problems) from error
    reader = _Reader()
    specification = reader.specification(root)
    if reader.problems:
        problems = sorted(reader.problems, key=lambda problem: (problem.line, problem.column))
        raise SpecificationError(tuple(problems[:MAX_PROBLEMS]))
    return specification


class _Reader:
    """Walks the document once; problems are collected in `problems`, and the walk continues."""

    def __init__(self) -> None:
        self.problems: list[YamlProblem] = []

    def specification(self, root: Node) -> Specification:
        """Read the whole file."""
        fields = self._object(root, "", ("deployAs", "inheritAs"), needed=("deployAs",))
        inherited = fields.get("inheritAs")
        own = self._object(inherited, "inheritAs", ("configuration", "apiClient")) if inherited else {}
        shared = own.get("configuration")
        shared_configuration = self._configuration(shared, "inheritAs.configuration")
        api_client = self._api_client(own.get("apiClient"))
        rows: list[dict[str, Any]] = []
        applications: list[tuple[str, Node]] = []
        deployed = fields.get("deployAs")
        if deployed is not None and self._is(deployed, "deployAs", "list"):
            for index, node in enumerate(deployed.items):
                path = f"deployAs[{index}]"
                rows.append(self._application(node, path))
                applications.append((path, node))
        self._check_names(applications)
        self._check_shared_keys(shared, applications)
        self._check_merchant_center(shared, applications)
        self._name_applications(applications)
        return Specification(
            tuple(rows),
            shared_configuration if any(shared_configuration.values()) else None,
            api_client,
        )

    def _name_applications(self, applications: list[tuple[str, Node]]) -> None:
        """Give each problem below deployAs the name of its application."""
        names = {path: name for path, node in applications if (name := _value(node, "name")) and _NAME.fullmatch(name)}
        self.problems = [
            replace(problem, application=names.get(problem.path.partition(".")[0])) for problem in self.problems
        ]

    # Single values.

    def _note(self, node: Node, path: str, message: str, *, expected: str = "", fix: str = "") -> None:
        self.problems.append(YamlProblem(message, node.line, node.column, path, expected, fix))

    def _is(self, node: Node, path: str, kind: str) -> bool:
        """Return whether the value is of a kind; note a problem if not."""
        if node.kind == kind:
            return True
        found = "empty" if node.kind == "null" else _ARTICLES.get(node.kind, "another type")
        fix = {
            "string": "Put the value in quotes."
            if node.kind in ("number", "boolean")
            else "Write a string, or remove the field.",
            "number": "Write a number without quotes.",
            "boolean": "Write true or false without quotes.",
            "list": "Begin each entry with a dash.",
            "object": "Write fields as `key: value` below it, or remove it.",
        }.get(kind, "")
        message = f"{_last(path)} must be {_ARTICLES[kind]}, but is {found}."
        self._note(node, path, message, expected=_ARTICLES[kind], fix=fix)
        return False

    def _object(
        self, node: Node, path: str, allowed: tuple[str, ...], *, needed: tuple[str, ...] = ()
    ) -> dict[str, Node]:
        """Return the allowed fields of an object; note unknown and missing ones."""
        if not self._is(node, path, "object"):
            return {}
        for key, (line, column) in node.keys.items():
            if key not in allowed:
                fix = _spelling(key, allowed) or "Remove the field."
                where = f"{path}.{shown(key, quote='')}" if path else shown(key, quote="")
                message = f"The field {shown(key)} is not known here."
                self.problems.append(YamlProblem(message, line, column, where, "one of " + ", ".join(allowed), fix))
        for key in needed:
            if key not in node.keys:
                where = f"{path}.{key}" if path else key
                self._note(node, where, f"The field {key} is missing.", expected=key, fix=f"Add {key}.")
        return {key: value for key, value in node.fields.items() if key in allowed}

    def _text(self, node: Node | None, path: str, *, blank_allowed: bool = False) -> str:
        """Return a string that is not empty and, unless allowed, not only whitespace."""
        if node is None or not self._is(node, path, "string"):
            return ""
        text = str(node.value)
        if not (text if blank_allowed else text.strip(_BLANK)):
            self._note(
                node, path, f"{_last(path)} is empty.", expected="a string", fix="Write a string, or remove the field."
            )
        return text

    def _whole_number(self, node: Node | None, path: str, *, low: int, high: int) -> None:
        """Check a whole number between two bounds."""
        if node is None or not self._is(node, path, "number"):
            return
        number = float(node.value or 0)
        if not (low <= number <= high and number == int(number)):
            expected = f"a whole number from {low} to {high}"
            self._note(node, path, f"{_last(path)} is out of range.", expected=expected, fix=f"Write {expected}.")

    def _matching(self, node: Node | None, path: str, accepts: Callable[[str], bool], expected: str) -> str:
        """Return a string that a rule accepts."""
        if node is None or not self._is(node, path, "string"):
            return ""
        text = str(node.value)
        if not accepts(text):
            self._note(
                node, path, f"{_last(path)} must not be {shown(text)}.", expected=expected, fix=f"Write {expected}."
            )
        return text

    # The parts of the file.

    def _application(self, node: Node, path: str) -> dict[str, Any]:
        """Read one entry of deployAs."""
        row: dict[str, Any] = {
            "applicationName": "",
            "applicationType": "",
            "standardConfiguration": [],
            "securedConfiguration": [],
        }
        if not self._is(node, path, "object"):
            return row
        kind = node.fields.get("applicationType")
        if kind is None or kind.kind != "string" or kind.value not in _FIELDS:
            self._type_problem(kind or node, path, has_field="applicationType" in node.keys)
            allowed: tuple[str, ...] = tuple(dict.fromkeys(name for names in _FIELDS.values() for name in names))
            needed: tuple[str, ...] = ("name",)
        else:
            row["applicationType"] = _OLD_TYPES.get(str(kind.value), str(kind.value))
            allowed = _FIELDS[str(kind.value)]
            needed = tuple(name for name in ("name", "endpoint", "properties") if name in allowed)
        fields = self._object(node, path, allowed, needed=needed)
        row["applicationName"] = self._matching(
            fields.get("name"),
            f"{path}.name",
            lambda text: _NAME.fullmatch(text) is not None,
            "2 to 256 letters, digits, dashes or underscores, equal to the application's folder",
        )
        self._endpoint(fields.get("endpoint"), f"{path}.endpoint")
        row.update(self._configuration(fields.get("configuration"), f"{path}.configuration"))
        self._scripts(fields.get("scripts"), f"{path}.scripts")
        self._health_check(fields.get("healthCheck"), f"{path}.healthCheck")
        self._retry_policy(fields.get("retryPolicy"), f"{path}.retryPolicy")
        self._properties(fields.get("properties"), f"{path}.properties")
        return row

    def _type_problem(self, node: Node, path: str, *, has_field: bool) -> None:
        """Note a missing or unknown type of application."""
        types = tuple(name for name in _FIELDS if name not in _OLD_TYPES)
        if not has_field:
            message, fix = "The field applicationType is missing.", "Add applicationType."
        elif node.kind == "string":
            message = f"applicationType must not be {shown(str(node.value))}."
            fix = _spelling(str(node.value), types) or "Choose one of the application types."
        else:
            message, fix = "applicationType is not a string.", "Choose one of the application types."
        self._note(node, f"{path}.applicationType", message, expected="one of " + ", ".join(types), fix=fix)

    def _endpoint(self, node: Node | None, path: str) -> None:
        self._matching(
            node,
            path,
            lambda text: _ENDPOINT.fullmatch(text) is not None and "//" not in text,
            "a path of letters, digits, dashes, underscores and single slashes, such as /service",
        )

    def _configuration(self, node: Node | None, path: str) -> dict[str, list[dict[str, Any]]]:
        """Read the standard and secured configuration of an application, or the inherited one."""
        found: dict[str, list[dict[str, Any]]] = {"standardConfiguration": [], "securedConfiguration": []}
        if node is None:
            return found
        first: dict[str, Node] = {}
        for name, entries in self._object(node, path, tuple(found)).items():
            if not self._is(entries, f"{path}.{name}", "list"):
                continue
            for index, entry in enumerate(entries.items):
                place = f"{path}.{name}[{index}]"
                row = self._entry(entry, place, has_default=name == "standardConfiguration")
                found[name].append(row)
                self._note_repeated(entry, f"{place}.key", first)
        return found

    def _entry(self, node: Node, path: str, *, has_default: bool) -> dict[str, Any]:
        """Read one configuration key with its description."""
        allowed = ("key", "description", "required", *(("default",) if has_default else ()))
        fields = self._object(node, path, allowed, needed=("key", "description"))
        row: dict[str, Any] = {
            "key": self._key(fields.get("key"), f"{path}.key"),
            "description": self._text(fields.get("description"), f"{path}.description"),
            "required": False,
        }
        required = fields.get("required")
        if required is not None and self._is(required, f"{path}.required", "boolean"):
            row["required"] = required.value
        if has_default:
            default = fields.get("default")
            row["default"] = None if default is None else self._text(default, f"{path}.default")
        return row

    def _key(self, node: Node | None, path: str) -> str:
        text = self._matching(
            node, path, lambda text: _KEY.fullmatch(text) is not None, "2 to 256 letters, digits or underscores"
        )
        if node is not None and text.lower() in _RESERVED:
            self._note(
                node,
                path,
                f"The key {text} is reserved by the platform.",
                expected="a key other than PORT, K_SERVICE, K_REVISION and K_CONFIGURATION",
                fix="Rename the key.",
            )
        return text

    def _note_repeated(self, entry: Node, path: str, first: dict[str, Node]) -> None:
        """Note a key that the same configuration already has in either list."""
        key = _value(entry, "key")
        if key is None:
            return
        node = entry.fields["key"]
        if key in first:
            self._note(
                node,
                path,
                f"The key {shown(key)} already exists in line {first[key].line}.",
                expected="each key once in standard and secured configuration together",
                fix="Remove or rename one of the two.",
            )
        else:
            first[key] = node

    def _scripts(self, node: Node | None, path: str) -> None:
        if node is not None:
            for name, script in self._object(node, path, ("postDeploy", "preUndeploy")).items():
                self._text(script, f"{path}.{name}")

    def _health_check(self, node: Node | None, path: str) -> None:
        if node is None:
            return
        numbers = ("intervalSeconds", "timeoutSeconds", "unhealthyThreshold")
        fields = self._object(node, path, ("path", *numbers), needed=("path",))
        self._endpoint(fields.get("path"), f"{path}.path")
        for name in numbers:
            self._whole_number(fields.get(name), f"{path}.{name}", low=1, high=20)

    def _retry_policy(self, node: Node | None, path: str) -> None:
        if node is None or not self._is(node, path, "object"):
            return
        strategy = _value(node, "strategy")
        if strategy not in ("exponential-backoff", "immediate"):
            self._note(
                node.fields.get("strategy", node),
                f"{path}.strategy",
                "strategy is missing or not known.",
                expected="exponential-backoff or immediate",
                fix="Choose one of the two strategies.",
            )
            return
        backoffs = ("minBackoffSeconds", "maxBackoffSeconds") if strategy == "exponential-backoff" else ()
        attempts = ("maxAttempts",) if backoffs else ()
        fields = self._object(node, path, ("strategy", *backoffs, *attempts), needed=backoffs)
        for name in backoffs:
            self._whole_number(fields.get(name), f"{path}.{name}", low=1, high=600)
        for name in attempts:
            self._whole_number(fields.get(name), f"{path}.{name}", low=5, high=100)
        low, high = (fields.get(name) for name in ("minBackoffSeconds", "maxBackoffSeconds"))
        if low and high and low.kind == high.kind == "number" and float(low.value or 0) > float(high.value or 0):
            self._note(
                low,
                f"{path}.minBackoffSeconds",
                "minBackoffSeconds is greater than maxBackoffSeconds.",
                expected="at most maxBackoffSeconds",
                fix="Lower minBackoffSeconds or raise maxBackoffSeconds.",
            )

    def _properties(self, node: Node | None, path: str) -> None:
        if node is not None:
            fields = self._object(node, path, ("schedule",), needed=("schedule",))
            self._matching(
                fields.get("schedule"),
                f"{path}.schedule",
                lambda text: len(text) <= _MAX_SCHEDULE and _SCHEDULE.search(text) is not None,
                'a cron expression such as "0 0 * * *", or @daily, or @every 1h30m',
            )

    def _api_client(self, node: Node | None) -> dict[str, Any] | None:
        if node is None:
            return None
        path = "inheritAs.apiClient"
        scopes = self._object(node, path, ("scopes",), needed=("scopes",)).get("scopes")
        path = f"{path}.scopes"
        if scopes is None or not self._is(scopes, path, "list"):
            return None
        if not scopes.items:
            self._note(
                scopes, path, f"{_last(path)} is an empty list.", expected="at least one scope", fix="Add a scope."
            )
        return {
            "scopes": [
                self._text(scope, f"{path}[{index}]", blank_allowed=True) for index, scope in enumerate(scopes.items)
            ]
        }

    # Rules between parts.

    def _check_names(self, applications: list[tuple[str, Node]]) -> None:
        """Note applications of the same name: the name is a folder and a key."""
        first: dict[str, Node] = {}
        for path, application in applications:
            name = _value(application, "name")
            if name is None:
                continue
            node = application.fields["name"]
            if name in first:
                self._note(
                    node,
                    f"{path}.name",
                    f"The application name {shown(name)} already exists in line {first[name].line}.",
                    expected="a unique name for each application",
                    fix="Rename one of the applications, and its folder.",
                )
            else:
                first[name] = node

    def _check_shared_keys(self, shared: Node | None, applications: list[tuple[str, Node]]) -> None:
        """Note inherited keys that an application also defines: it would be ambiguous which value counts."""
        inherited = {_value(entry, "key"): path for path, entry in _entries(shared, "inheritAs.configuration")}
        inherited.pop(None, None)
        for path, application in applications:
            for place, entry in _entries(application.fields.get("configuration"), f"{path}.configuration"):
                key = _value(entry, "key")
                if key in inherited:
                    self._note(
                        entry.fields["key"],
                        f"{place}.key",
                        f"The key {shown(str(key))} is already inherited ({inherited[key]}).",
                        expected="a key either in inheritAs or in applications",
                        fix="Remove the key from the application or from inheritAs.",
                    )

    def _check_merchant_center(self, shared: Node | None, applications: list[tuple[str, Node]]) -> None:
        """Check what Merchant Center customizations must and must not configure."""
        cloud_is_shared = any(
            _value(entry, "key") == "CLOUD_IDENTIFIER" and _is_required(entry) for _, entry in _entries(shared, "")
        )
        for path, application in applications:
            kind = _value(application, "applicationType") or ""
            ids = _MERCHANT_CENTER.get(_OLD_TYPES.get(kind, kind))
            if ids is None:
                continue
            configuration = application.fields.get("configuration")
            place = configuration or application
            standard = {
                _value(entry, "key"): entry
                for _, entry in reversed(list(_entries(configuration, "", "standardConfiguration")))
            }
            for key in ids:
                if key not in standard or not _is_required(standard[key]):
                    self._note(
                        standard.get(key, place),
                        f"{path}.configuration.standardConfiguration",
                        f"An application of type {kind} needs the standard configuration {key} with `required: true`.",
                        expected=f"key {key}, required: true",
                        fix=f"Add {key} to standardConfiguration with `required: true`.",
                    )
            cloud = standard.get("CLOUD_IDENTIFIER")
            if not cloud_is_shared and (cloud is None or not (_is_required(cloud) or _value(cloud, "default"))):
                self._note(
                    cloud or place,
                    f"{path}.configuration.standardConfiguration",
                    f"An application of type {kind} needs the standard configuration CLOUD_IDENTIFIER.",
                    expected="key CLOUD_IDENTIFIER with `required: true` or a default",
                    fix="Add CLOUD_IDENTIFIER to standardConfiguration, or to inheritAs with `required: true`.",
                )
            if any(True for _ in _entries(configuration, "", "securedConfiguration")):
                self._note(
                    place,
                    f"{path}.configuration.securedConfiguration",
                    f"An application of type {kind} runs in the browser and must not have securedConfiguration.",
                    expected="no securedConfiguration",
                    fix="Move the secret to an application that runs on the server.",
                )


def _last(path: str) -> str:
    """Return the last part of a path."""
    return path.rpartition(".")[2] or "The file"


def _value(node: Node, name: str) -> str | None:
    """Return the string in a field, or None when the field is missing or not a string."""
    found = node.fields.get(name)
    return str(found.value) if found is not None and found.kind == "string" else None


def _is_required(entry: Node) -> bool:
    required = entry.fields.get("required")
    return required is not None and required.value is True


def _entries(configuration: Node | None, path: str, *names: str) -> list[tuple[str, Node]]:
    """Return the entries of a configuration's lists (both unless named), each with its path."""
    found: list[tuple[str, Node]] = []
    if configuration is not None:
        for name in names or ("standardConfiguration", "securedConfiguration"):
            if (entries := configuration.fields.get(name)) is not None:
                found += [(f"{path}.{name}[{index}]", entry) for index, entry in enumerate(entries.items)]
    return found


def _spelling(name: str, known: tuple[str, ...]) -> str:
    """Return advice when a name differs from a known one only by case, dashes or underscores."""
    plain = name.lower().replace("-", "").replace("_", "")
    for candidate in known:
        if candidate.lower().replace("-", "") == plain:
            return f"Write {candidate}."
    return ""
