"""What a change means for those who run the version before."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.drafts import upgrade_impact
from connectors.drafts.upgrade_impact import Label


def key(name: str, *, required: bool = False, default: str | None = None, description: str = "") -> dict[str, Any]:
    return {
        "key": name,
        "description": description or f"What {name} is good for",
        "required": required,
        "default": default,
    }


def application(
    name: str = "service",
    *standard: dict[str, Any],
    secured: tuple[dict[str, Any], ...] = (),
    kind: str = "service",
) -> dict[str, Any]:
    return {
        "applicationName": name,
        "applicationType": kind,
        "standardConfiguration": list(standard),
        "securedConfiguration": list(secured),
    }


def content(*applications: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "name": "Payments",
        "integration_types": ["psp"],
        "configurations": list(applications),
        "global_configuration": None,
        "api_client": None,
        "supported_regions": [],
        **fields,
    }


A, B = key("ALPHA"), key("BETA", required=True)


@pytest.mark.parametrize(
    ("before", "after", "label", "said"),
    [
        (content(application("old")), content(), Label.BREAKING, "removed"),
        (content(application("old", A, B)), content(application("new", A, B)), Label.BREAKING, "renamed"),
        (content(), content(application("new", A)), Label.SAFE, "new application"),
        (content(), content(application("new", B)), Label.ACTION, "needs BETA"),
        (content(application()), content(application(kind="job")), Label.BREAKING, "type changed"),
        (content(application("s", A)), content(application("s")), Label.BREAKING, "standard key was removed"),
        (
            content(application("s", key("OLD", description="The address of the API"))),
            content(application("s", key("NEW", description="The address of the API"))),
            Label.BREAKING,
            "renamed",
        ),
        (content(application("s")), content(application("s", A)), Label.SAFE, "optional standard key"),
        (content(application("s")), content(application("s", B)), Label.ACTION, "required and has no default"),
        (
            content(application("s")),
            content(application("s", key("C", required=True, default="x"))),
            Label.SAFE,
            "optional standard key",
        ),
        (
            content(application("s", A)),
            content(application("s", secured=(A,))),
            Label.BREAKING,
            "moved from standard to secured",
        ),
        (
            content(application("s", secured=(A,))),
            content(application("s", A)),
            Label.BREAKING,
            "moved from secured to standard",
        ),
        (
            content(application("s", key("C"))),
            content(application("s", key("C", required=True))),
            Label.ACTION,
            "now required and has no default",
        ),
        (
            content(application("s", key("C", required=True, default="x"))),
            content(application("s", key("C", required=True))),
            Label.ACTION,
            "now required and has no default",
        ),
        (
            content(application("s", key("C", required=True))),
            content(application("s", key("C"))),
            Label.SAFE,
            "key is required has changed",
        ),
        (
            content(application("s", key("C", default="x"))),
            content(application("s", key("C", default="y"))),
            Label.ACTION,
            "default changed",
        ),
        (content(api_client={"scopes": ["a"]}), content(api_client={"scopes": ["a", "b"]}), Label.ACTION, "scope"),
        (content(), content(api_client={"scopes": ["b"]}), Label.ACTION, "scope"),
        (content(api_client={"scopes": ["a"]}), content(), Label.SAFE, "no longer needs a scope"),
        (
            content(supported_regions=["eu", "us"]),
            content(supported_regions=["eu"]),
            Label.BREAKING,
            "A region was removed",
        ),
        (content(), content(supported_regions=["eu"]), Label.BREAKING, "now limited"),
        (content(supported_regions=["eu"]), content(), Label.SAFE, "every region"),
        (content(supported_regions=["eu"]), content(supported_regions=["eu", "us"]), Label.SAFE, "region was added"),
        (content(), content(name="Pay"), Label.SAFE, "Name changed"),
        (content(), content(integration_types=["psp", "tax"]), Label.SAFE, "Integration types changed"),
        (
            content(global_configuration={"standardConfiguration": [A]}),
            content(),
            Label.BREAKING,
            "standard key was removed",
        ),
    ],
)
def test_a_difference_is_labelled(before: dict[str, Any], after: dict[str, Any], label: Label, said: str) -> None:
    found = upgrade_impact.compare(before, after)

    assert said in found[0].message
    assert found[0].label is label
    assert upgrade_impact.is_breaking(found) is (label is Label.BREAKING)


def test_equal_contents_have_no_difference() -> None:
    same = content(application("s", A, B, secured=(key("C"),)), api_client={"scopes": ["a"]})

    assert upgrade_impact.compare(same, same) == []


def test_the_order_of_applications_and_keys_does_not_matter() -> None:
    before = content(application("a", A, B), application("b", A))
    after = content(application("b", A), application("a", B, A))

    assert upgrade_impact.compare(before, after) == []


def test_two_short_descriptions_make_no_rename() -> None:
    before = content(application("s", key("OLD", description="Key")))
    after = content(application("s", key("NEW", description="Key")))

    messages = [found.message for found in upgrade_impact.compare(before, after)]

    assert messages == ["The standard key was removed.", "A new optional standard key."]


def test_breaking_differences_come_first() -> None:
    before = content(application("s", A), name="Old", api_client={"scopes": []})
    after = content(application("s"), name="New", api_client={"scopes": ["x"]})

    assert [found.label for found in upgrade_impact.compare(before, after)] == [
        Label.BREAKING,
        Label.ACTION,
        Label.SAFE,
    ]
