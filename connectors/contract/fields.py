"""The fields of a draft and of its production Connector: one row each, in the order of the contract.

Requests, update actions, the form, the OpenAPI document, representations, the copy for production, searches, filters,
the facts on pages, the admin and the upgrade impact read these rows. docs/recipes.md adds a field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Flag, StrEnum, auto
from functools import cached_property, partial
from typing import Any

from rest_framework import serializers

from connectors.choices import ConnectorStatus, IntegrationType, IsPreviewable, mask_of
from connectors.contract import answers, field_impact, request_fields
from connectors.contract.field_impact import Impact
from connectors.contract.lookups import AnyBit, AnyId, AnyItem, AnyOf, IsTrue, Lookup, OnlyTrue, SameText
from connectors.contract.request_fields import Strict, Texts


class Search(Flag):
    """The searches that find something by a field."""

    NONE = 0
    TEXT = auto()  # `text` of GET /connectors/search
    CATALOG = auto()
    DRAFTS = auto()  # the developers' list of drafts
    ADMIN = auto()


class Lists(Flag):
    """The lists that can be narrowed by a field."""

    API_DRAFTS = auto()  # GET /connectors/drafts
    API_CONNECTORS = auto()  # GET /connectors/search
    CATALOG = auto()
    DRAFTS = auto()  # the developers' list of drafts
    ADMIN = auto()  # the operators' lists of drafts and Connectors
    API = API_DRAFTS | API_CONNECTORS
    PAGES = CATALOG | DRAFTS | ADMIN


class Section(StrEnum):
    """The parts of the connector form."""

    REPOSITORY = "repository"
    ABOUT = "about"
    CREATOR = "creator"
    ACCESS = "access"


class Page(Flag):
    """The pages that list facts."""

    NONE = 0
    DRAFT = auto()
    CONNECTOR = auto()
    BOTH = DRAFT | CONNECTOR


@dataclass(frozen=True)
class Setter:
    """The update action that sets a field: its name, the key of the new value, and limits that only the action has.

    `place` is where the contract lists the action; one that the contract does not list comes last.
    """

    action: str
    key: str
    place: int = 1000
    limits: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FieldFilter:
    """How some lists are narrowed by a field: the name of their parameter, and how the values are compared.

    `label` is what pages call it, `description` what the OpenAPI document says, and `column` what is compared where
    that is not the field's own column. Pages choose among the field's `choices`, by a lookup of items.
    """

    lists: Lists
    name: str
    lookup: Lookup
    label: str = ""
    description: str = "Any of these."
    column: str = ""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of the contract.

    `wire` is its name, with a dot within `creator` and `repository`; `column` is the attribute that keeps it. `accepts`
    makes the field of a request with its type and limits; without it nobody types the value. `label` is what people
    call it in the form of its `section`, and `title` what they call it elsewhere, where that says too little.
    """

    wire: str
    column: str
    label: str = ""
    title: str = ""
    help: str = ""
    section: Section = Section.ABOUT
    accepts: Callable[..., Strict] | None = None
    required: bool = False
    setter: Setter | None = None
    answer: Callable[[], serializers.Field[Any, Any, Any, Any]] | None = None
    """Makes the field of the answers in the OpenAPI document, where `accepts` does not tell it."""
    read: Callable[[Any], Any] | None = None
    """Returns the value of a row for its representation, where the column alone does not tell it."""
    null: bool = False
    """Whether the column keeps "no value" as NULL, not as an empty text or list."""
    public: bool = True
    """Whether the production Connector shows it."""
    published: bool = True
    """Whether publishing copies it, and `hasChanges` compares it."""
    judged: bool = False
    """Whether reviewers judge it as part of the listing: a verdict on that ends when the value changes."""
    found_by: Search = Search.NONE
    filtered: Sequence[FieldFilter] = ()
    facts: Page = Page.BOTH
    """The pages that list it among their facts, if people type it; others have a place of its own for it, or none."""
    none: str = "None"
    """What pages say where there is no value."""
    code: bool = False
    """Whether its value is for programs: pages set it as code, with a button that copies it."""
    impact: Callable[[str, Any, Any], Iterator[Impact]] | None = field_impact.changed
    """Says what a new value means for those who run the version before."""

    @cached_property
    def group(self) -> str:
        """What holds it: `creator`, `repository`, or nothing."""
        return self.wire.rpartition(".")[0]

    @cached_property
    def name(self) -> str:
        """Its name within what holds it."""
        return self.wire.rpartition(".")[2]

    @property
    def named(self) -> str:
        """Its name where no heading says whose it is."""
        return self.title or self.label

    def request(self, **limits: Any) -> Strict:
        """Return the field of a request; raises TypeError for one that nobody types."""
        if self.accepts is None:
            raise TypeError(f"Nobody types {self.wire}.")
        return self.accepts(**limits)

    def create_request(self) -> Strict:
        """Return the field of a create request."""
        return self.request() if self.required else self.request(required=False, allow_null=True)

    def described_answer(self) -> serializers.Field[Any, Any, Any, Any]:
        """Return the field of an answer, for the OpenAPI document."""
        return self.answer() if self.answer else self.accepted.answer(null=not self.required)

    def stored(self, value: Any) -> Any:
        """Return what the column keeps of a checked value; None is "no value"."""
        return self.accepted.empty() if value is None and not self.null else value

    def shown(self, row: Any) -> Any:
        """Return what a representation shows of a row; an empty text is null."""
        value = self.read(row) if self.read else getattr(row, self.column)
        return None if value == "" else value

    @cached_property
    def accepted(self) -> Strict:
        """The field of a request, with no limits of its own."""
        return self.request()

    @property
    def several(self) -> bool:
        """Whether its value is a list."""
        return isinstance(self.accepted, Texts)

    @property
    def choices(self) -> Sequence[tuple[str, str]]:
        """The possible values of a list, each with what people call it; nothing where others are possible."""
        return self.accepted.choices if isinstance(self.accepted, Texts) else ()

    @property
    def link(self) -> bool:
        """Whether its value is the address of a page."""
        return self.accepted.json_schema().get("format") == "web-link"

    def text(self, row: Any) -> str:
        """Return what people read of a row; nothing where there is no value."""
        value = getattr(row, self.column)
        if self.several:
            labels = dict(self.choices)
            return ", ".join(str(labels.get(item, item)) for item in value)
        return "" if value is None else str(value)

    def words(self, row: Any) -> str:
        """Return the text that a search finds a row by."""
        value = getattr(row, self.column)
        return " ".join(value) if self.several else value


ROWS: tuple[Field, ...] = (
    Field(
        wire="id",
        column="pk",
        answer=serializers.UUIDField,
        read=lambda row: str(row.pk),
        published=False,
        filtered=[FieldFilter(Lists.API_CONNECTORS, "id", AnyId(), column="id")],
    ),
    Field(wire="version", column="version", answer=partial(serializers.IntegerField, min_value=1), published=False),
    Field(
        wire="key",
        column="key",
        label="Key",
        help="A short name for scripts: letters, digits, hyphens, underscores. It cannot be changed later.",
        accepts=request_fields.key,
        answer=partial(
            serializers.CharField,
            allow_null=True,
            min_length=request_fields.KEY_SCHEMA["minLength"],
            max_length=request_fields.KEY_SCHEMA["maxLength"],
        ),
        null=True,
        published=False,
        found_by=Search.CATALOG | Search.DRAFTS | Search.ADMIN,
        filtered=[FieldFilter(Lists.API_CONNECTORS, "key", AnyOf())],
        code=True,
    ),
    Field(
        wire="name",
        column="name",
        label="Name",
        help="As shown in the catalog.",
        accepts=request_fields.name,
        required=True,
        setter=Setter("setName", "name", 1),
        judged=True,
        found_by=Search.TEXT | Search.CATALOG | Search.DRAFTS | Search.ADMIN,
        facts=Page.NONE,
    ),
    Field(
        wire="description",
        column="description",
        label="Description",
        help="What it connects and what it does, for somebody who chooses between connectors.",
        accepts=request_fields.description,
        setter=Setter("setDescription", "description", 2),
        judged=True,
        found_by=Search.TEXT | Search.CATALOG,
        facts=Page.NONE,
    ),
    Field(
        wire="integrationTypes",
        column="integration_types",
        label="Integration types",
        accepts=request_fields.integration_types,
        setter=Setter("setIntegrationTypes", "integrationTypes", 5),
        answer=lambda: serializers.ListField(child=serializers.ChoiceField(IntegrationType.values)),
        judged=True,
        filtered=[
            FieldFilter(Lists.API, "integrationTypes", AnyBit(mask_of), column="integration_mask"),
            FieldFilter(Lists.PAGES, "type", AnyBit(mask_of), "Integration type", column="integration_mask"),
        ],
    ),
    Field(
        wire="creator.name",
        column="creator_name",
        label="Contact",
        title="Creator's name",
        help="A person or a team.",
        section=Section.CREATOR,
        accepts=request_fields.Text,
        setter=Setter("setCreatorName", "creatorName", 6),
        facts=Page.NONE,
    ),
    Field(
        wire="creator.title",
        column="creator_title",
        label="Title",
        title="Creator's title",
        section=Section.CREATOR,
        accepts=request_fields.Text,
        setter=Setter("setCreatorTitle", "creatorTitle", 7),
        facts=Page.NONE,
    ),
    Field(
        wire="creator.email",
        column="creator_email",
        label="E-mail",
        title="Creator's e-mail",
        section=Section.CREATOR,
        accepts=request_fields.email,
        required=True,
        setter=Setter("setCreatorEmail", "creatorEmail", 8),
        found_by=Search.ADMIN,
        facts=Page.NONE,
    ),
    Field(
        wire="creator.company",
        column="creator_company",
        label="Company",
        section=Section.CREATOR,
        accepts=request_fields.Text,
        setter=Setter("setCreatorCompany", "creatorCompany", 9),
        found_by=Search.CATALOG | Search.ADMIN,
        filtered=[
            FieldFilter(
                Lists.API_CONNECTORS,
                "creator.company",
                SameText(),
                description="The creator's company, in full, ignoring case.",
            )
        ],
        facts=Page.NONE,
    ),
    Field(
        wire="creator.logoUrl",
        column="creator_logo_url",
        label="Logo",
        section=Section.CREATOR,
        accepts=request_fields.link,
        setter=Setter("setCreatorLogo", "logoUrl", 12),
        facts=Page.NONE,
    ),
    Field(
        wire="creator.noOfContributors",
        column="creator_no_of_contributors",
        label="Number of contributors",
        title="Contributors",
        section=Section.CREATOR,
        accepts=partial(request_fields.Whole, min_value=1),
        null=True,
        setter=Setter("setCreatorNoOfContributors", "creatorNoOfContributors", 10),
        facts=Page.NONE,
    ),
    Field(
        wire="creator.supportUrl",
        column="creator_support_url",
        label="Support page",
        title="Support",
        section=Section.CREATOR,
        accepts=request_fields.link,
        setter=Setter("setCreatorSupportUrl", "creatorSupportUrl", 11),
        judged=True,
    ),
    Field(
        wire="repository.url",
        column="repository_url",
        label="Repository",
        help="Paste its address in any form: from the browser, from “Clone”, or owner/name.",
        section=Section.REPOSITORY,
        accepts=request_fields.repository_url,
        required=True,
        found_by=Search.DRAFTS | Search.ADMIN,
        facts=Page.NONE,
    ),
    Field(
        wire="repository.tag",
        column="repository_tag",
        label="Tag",
        help="The Git tag to check and publish. Its commit is pinned when you publish.",
        section=Section.REPOSITORY,
        accepts=request_fields.repository_tag,
        required=True,
        facts=Page.NONE,
    ),
    Field(
        wire="configurations",
        column="configurations",
        answer=partial(answers.ConnectorConfigurationApplication, many=True),
        impact=field_impact.configurations,
    ),
    Field(
        wire="globalConfiguration",
        column="global_configuration",
        label="All applications",
        answer=partial(answers.ConnectorGlobalConfiguration, allow_null=True),
        impact=field_impact.global_configuration,
    ),
    Field(
        wire="apiClient",
        column="api_client",
        label="API client",
        answer=partial(answers.ApiClientConfiguration, allow_null=True),
        impact=field_impact.api_client,
    ),
    Field(
        wire="private",
        column="private",
        answer=serializers.BooleanField,
        published=False,
        filtered=[
            FieldFilter(
                Lists.API_DRAFTS,
                "isPrivate",
                IsTrue(),
                description="true: only private drafts; false: only public ones.",
            ),
            FieldFilter(
                Lists.API_CONNECTORS,
                "private",
                OnlyTrue(),
                description="true: only private Connectors that your Project may use; false: all available ones (the "
                "default).",
            ),
        ],
    ),
    Field(
        wire="privateProjects",
        column="private_projects",
        label="Projects that may use it while it is private",
        help="One a line, as region:projectKey. Your own Project may always use it.",
        section=Section.ACCESS,
        accepts=request_fields.private_projects,
        public=False,
        impact=None,
        facts=Page.NONE,
    ),
    Field(
        wire="supportedRegions",
        column="supported_regions",
        label="Supported regions",
        title="Regions",
        accepts=request_fields.regions,
        setter=Setter("setSupportedRegions", "regions", 3, limits={"min_items": 1}),
        judged=True,
        filtered=[FieldFilter(Lists.CATALOG, "region", AnyItem(none_is_any=True), "Region")],
        impact=field_impact.regions,
        none="All regions",
    ),
    Field(
        wire="certificationInfo",
        column="comments",
        answer=partial(answers.CertificationInfo, allow_null=True),
        public=False,
        published=False,
    ),
    Field(
        wire="status",
        column="status",
        answer=partial(serializers.ChoiceField, ConnectorStatus.values),
        read=lambda row: str(row.status),
        public=False,
        published=False,
    ),
    Field(
        wire="publishingReport",
        column="publishing_report",
        answer=partial(answers.ConnectorReport, allow_null=True),
        public=False,
        published=False,
    ),
    Field(
        wire="alreadyListed",
        column="already_listed",
        answer=serializers.BooleanField,
        public=False,
        published=False,
    ),
    Field(wire="hasChanges", column="has_changes", answer=serializers.BooleanField, public=False, published=False),
    Field(
        wire="isPreviewable",
        column="is_previewable",
        answer=partial(serializers.ChoiceField, IsPreviewable.values),
        read=lambda row: str(row.is_previewable),
        public=False,
        published=False,
    ),
    Field(
        wire="previewableReport",
        column="previewable_report",
        answer=partial(answers.ConnectorReport, allow_null=True),
        public=False,
        published=False,
    ),
    Field(
        wire="documentationUrl",
        column="documentation_url",
        label="Documentation",
        accepts=request_fields.link,
        setter=Setter("setDocumentationUrl", "documentationUrl", 4),
        judged=True,
        facts=Page.DRAFT,
    ),
    Field(wire="certified", column="certified", answer=serializers.BooleanField, published=False),
)

TYPED = tuple(row for row in ROWS if row.accepts)
"""What people say."""

PUBLIC = tuple(row for row in ROWS if row.public)
"""What a production Connector shows."""

PUBLISHED = tuple(row.column for row in ROWS if row.published)
"""What publishing copies from the draft, and what `hasChanges` therefore compares."""

DERIVED = tuple(row.column for row in ROWS if row.published and not row.accepts)
"""Read from connect.yaml by the worker; nobody types them."""

JUDGED = tuple(row.column for row in ROWS if row.judged)
"""What reviewers judge as the listing."""


def found_by(search: Search) -> list[Field]:
    """Return the fields that a search finds something by."""
    return [row for row in ROWS if search in row.found_by]


def facts(page: Page) -> list[Field]:
    """Return the fields that a page lists among its facts."""
    return [row for row in TYPED if page in row.facts]


def filters(lists: Lists) -> list[tuple[Field, FieldFilter]]:
    """Return the filters of a list, each with its field, and with the column that is compared."""
    return [
        (row, replace(given, column=given.column or row.column))
        for row in ROWS
        for given in row.filtered
        if lists in given.lists
    ]


def exchanged(rows: Sequence[Field], *pairs: tuple[str, str]) -> list[Field]:
    """Return the rows with each two of these names in each other's place, where the contract has another order."""
    other = {name: partner for pair in pairs for name, partner in (pair, pair[::-1])}
    by_name = {row.wire: row for row in rows}
    return [by_name[other.get(row.wire, row.wire)] for row in rows]


def columns(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the columns keep of a checked create request, or of a representation."""
    return {row.column: row.stored((body[row.group] if row.group else body).get(row.name)) for row in TYPED}
