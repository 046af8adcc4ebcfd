"""pom.xml: the direct dependencies. Maven has no lock file, and what they bring with them is known only to Maven."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree

from connectors.validation.lockfiles.package import LockfileError, Package

_PROPERTY = re.compile(r"\$\{([^}]{1,200})\}")


def parse(data: bytes) -> list[Package]:
    """Return the direct dependencies whose version stands in this file, properties filled in.

    A version that comes from a parent or a list of another project (BOM) is not known here and left out.
    """
    # Entities are declared in a document type; a project file has none.
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise LockfileError("The file declares a document type, which a project file does not need.")
    try:
        root = ElementTree.fromstring(data)  # noqa: S314
    except (ElementTree.ParseError, ValueError, RecursionError):
        raise LockfileError("The file is not valid XML.") from None
    if _plain(root.tag) != "project":
        raise LockfileError("The file is not a project of Maven.")
    properties = _properties(root)
    managed: dict[tuple[str, str], str] = {}
    management = _child(root, "dependencyManagement")
    for row in _dependencies(management) if management is not None else []:
        group, artifact, version = (
            _filled(row.get(key, ""), properties) for key in ("groupId", "artifactId", "version")
        )
        managed[group, artifact] = version
    found = []
    for row in _dependencies(root):
        group, artifact, version = (
            _filled(row.get(key, ""), properties) for key in ("groupId", "artifactId", "version")
        )
        version = version or managed.get((group, artifact), "")
        if group and artifact and version and "${" not in version and not version.startswith(("[", "(")):
            found.append(Package("Maven", f"{group}:{artifact}", version, row.get("scope") == "test"))
    return found


def _plain(tag: object) -> str:
    return str(tag).rpartition("}")[2]


def _child(node: ElementTree.Element, name: str) -> ElementTree.Element | None:
    return next((child for child in node if _plain(child.tag) == name), None)


def _dependencies(node: ElementTree.Element) -> list[dict[str, str]]:
    holder = _child(node, "dependencies")
    return [
        {_plain(field.tag): (field.text or "").strip() for field in row}
        for row in (holder if holder is not None else ())
    ]


def _properties(root: ElementTree.Element) -> dict[str, str]:
    holder = _child(root, "properties")
    values = {_plain(row.tag): (row.text or "").strip() for row in (holder if holder is not None else ())}
    parent = _child(root, "parent")
    for name in ("groupId", "version"):
        own = _child(root, name)
        inherited = _child(parent, name) if parent is not None else None
        source = own if own is not None else inherited
        if source is not None:
            values[f"project.{name}"] = values[f"pom.{name}"] = (source.text or "").strip()
        if inherited is not None:
            values[f"project.parent.{name}"] = (inherited.text or "").strip()
    return values


def _filled(value: str, properties: Mapping[str, str]) -> str:
    # Properties may name properties; three rounds are more than anybody uses, and circles end.
    for _ in range(3):
        if "${" not in value or len(value) > 500:
            break
        value = _PROPERTY.sub(lambda hit: properties.get(hit[1], hit[0]), value)
    return value
