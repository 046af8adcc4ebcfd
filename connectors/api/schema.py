"""The OpenAPI document: what drf-spectacular cannot infer from the code.

Requests are the payloads of `connectors.drafts.payloads` and `connectors.drafts.actions`; answers are made from the
rows of `connectors.contract.fields`. Every operation names every error it can answer with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import django_filters
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    PolymorphicProxySerializer,
    extend_schema,
    extend_schema_field,
    extend_schema_serializer,
)
from rest_framework import serializers

from accounts.access import oauth
from accounts.limits import ledger
from accounts.roles import INCLUDED_SCOPES
from connectors import errors as errors_of_api
from connectors.api import envelope, filters, page
from connectors.contract import fields, request_fields
from connectors.contract.fields import Field
from connectors.drafts import actions, payloads

Schema = dict[str, Any]
View = TypeVar("View", bound=Callable[..., Any])


class FieldExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Describes the strict fields of `connectors.contract.request_fields` by what they say of themselves."""

    target_class = "connectors.contract.request_fields.Strict"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> Schema:
        """Return the field's own JSON Schema."""
        return dict(self.target.json_schema())


class BearerExtension(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """OAuth 2.0 with client credentials."""

    target_class = "accounts.access.bearer.BearerAuthentication"
    name = "oauth2"

    def get_security_definition(self, auto_schema: AutoSchema) -> Schema:
        """Return the flow with its scopes, which each end in `:{projectKey}`."""
        scopes = {f"{name}:{{projectKey}}": f"Includes {', '.join(names)}." for name, names in INCLUDED_SCOPES.items()}
        return {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": scopes}}}


# --- Answers


_make = Field.described_answer
Creator = payloads.part(("Creator", "Who made the Connector."), fields.ROWS, make=_make, group="creator")
Repository = payloads.part(("Repository", "Where the code is."), fields.ROWS, make=_make, group="repository")
_groups = {"creator": Creator, "repository": Repository}
Connector = payloads.serializer(
    ("Connector", "A published Connector, read-only."), fields.PUBLIC, make=_make, groups=_groups
)
ConnectorStaged = payloads.serializer(
    ("ConnectorStaged", "The draft of a Connector."),
    sorted(fields.ROWS, key=lambda row: not row.public),
    make=_make,
    groups=_groups,
)


class PagedQueryResult(serializers.Serializer[Any]):
    """One page of a list."""

    limit = serializers.IntegerField(min_value=0, max_value=page.LARGEST_LIMIT)
    offset = serializers.IntegerField(min_value=0, max_value=page.LARGEST_OFFSET)
    count = serializers.IntegerField(min_value=0)
    total = serializers.IntegerField(min_value=0)


@extend_schema_serializer(many=False)
class ConnectorStagedPagedQueryResponse(PagedQueryResult):
    """A page of drafts."""

    results = ConnectorStaged(many=True)


@extend_schema_serializer(many=False)
class ConnectorSearchPagedQueryResponse(PagedQueryResult):
    """A page of production Connectors."""

    results = Connector(many=True)


CODES = sorted({*errors_of_api.codes(), *envelope.CODES.values(), *oauth.CODES})
"""Every error code that a response can have."""


class ErrorObject(serializers.Serializer[Any]):
    """One error; some codes have additional fields."""

    code = serializers.ChoiceField(CODES)
    message = serializers.CharField()
    detailedErrorMessage = serializers.CharField(required=False)
    field = serializers.CharField(required=False, help_text="With DuplicateField.")
    duplicateValue = serializers.JSONField(required=False, help_text="With DuplicateField.")
    expectedVersion = serializers.IntegerField(required=False, help_text="With ConcurrentModification.")
    currentVersion = serializers.IntegerField(required=False, help_text="With ConcurrentModification.")


class ErrorResponse(serializers.Serializer[Any]):
    """The envelope of every error."""

    statusCode = serializers.IntegerField(min_value=400, max_value=599)
    message = serializers.CharField()
    errors = serializers.ListField(child=ErrorObject(), min_length=1)  # type: ignore[assignment]


# --- Requests


UPDATE_ACTION = PolymorphicProxySerializer(
    component_name="ConnectorUpdateAction",
    serializers={name: action.payload for name, action in actions.REGISTRY.items()},
    resource_type_field_name="action",
)


@extend_schema_field(UPDATE_ACTION)
class UpdateAction(serializers.JSONField):
    """One update action, identified by its field `action`."""


class ConnectorUpdate(serializers.Serializer[Any]):
    """A version and the actions to apply to it, in order, all or nothing."""

    version = request_fields.Whole()
    actions = serializers.ListField(child=UpdateAction(), min_length=1, max_length=actions.LARGEST_REQUEST)


# --- Operations


TOO_MANY = 429


def errors(*statuses: int) -> dict[Any, Any]:
    """Return the responses with these statuses, each an ErrorResponse. `add_limit_fields` adds the header fields."""
    return {status: OpenApiResponse(ErrorResponse, description=DESCRIPTIONS[status]) for status in statuses}


DESCRIPTIONS = {
    400: "The request cannot be processed: InvalidJsonInput, InvalidQueryParam, DuplicateField, InvalidOperation, "
    "or an error of an update action (ConnectorStagedInCertification, ConnectorAlreadyCertified, "
    "ConnectorStagedNotPrivate, ConnectorStagedPreviewRequestUnderProcess); one entry for each problem.",
    401: "invalid_token: no token, or one that is unknown, expired, revoked or from another region.",
    403: "insufficient_scope: the token lacks the required scope.",
    404: "ResourceNotFound: unknown, or not visible to the token's Project.",
    406: "The response can only be application/json.",
    409: "ConcurrentModification: the version is not the current one.",
    413: "The body is larger than 1 MB.",
    415: "The body is not application/json.",
    TOO_MANY: "General: too many requests of this kind; Retry-After says when to try again. See docs/limits.md.",
    500: "General: an internal error; the response has only its X-Correlation-ID.",
}
READ = (400, 401, 403, 404, 406, 500)
WRITE = (400, 401, 403, 404, 406, 413, 415, TOO_MANY, 500)
QUERY = (400, 401, 403, 406, TOO_MANY, 500)

LIMIT = OpenApiParameter(
    "limit", {"type": "integer", "minimum": 0, "maximum": page.LARGEST_LIMIT, "default": page.DEFAULT_LIMIT}
)
OFFSET = OpenApiParameter("offset", {"type": "integer", "minimum": 0, "maximum": page.LARGEST_OFFSET, "default": 0})


def repeated(name: str, item: Schema, description: str) -> OpenApiParameter:
    """Return a query parameter that may be repeated."""
    return OpenApiParameter(name, {"type": "array", "items": item}, explode=True, style="form", description=description)


def filters_of(query: type[django_filters.FilterSet]) -> list[OpenApiParameter]:
    """Return the parameters of a list's filters."""
    return [
        repeated(name, found.schema, found.description)
        if isinstance(found, django_filters.MultipleChoiceFilter)
        else OpenApiParameter(name, found.schema, description=found.description)
        for name, found in query.base_filters.items()
    ]


VERSION = OpenApiParameter(
    "version",
    {"type": "integer", "minimum": 0, "maximum": request_fields.LARGEST_INT},
    description="The expected version; the request is refused if it is not the current one.",
)
ID = OpenApiParameter("id", {"type": "string", "format": "uuid"}, OpenApiParameter.PATH)
A_KEY = {"type": "string", **request_fields.KEY_SCHEMA}
KEY = OpenApiParameter("key", A_KEY, OpenApiParameter.PATH)


def sort_by(sortable: dict[str, str]) -> OpenApiParameter:
    """Return the `sort` parameter for these fields."""
    item = {"type": "string", "pattern": f"^({'|'.join(sortable)})( (asc|desc))?$"}
    return repeated("sort", item, "A field, then asc or desc. Ties are broken by id.")


def query_drafts(sortable: dict[str, str]) -> Any:
    """Describe `GET /connectors/drafts`."""
    return extend_schema(
        operation_id="queryConnectorStaged",
        tags=["ConnectorStaged"],
        parameters=[LIMIT, OFFSET, sort_by(sortable), *filters_of(filters.StagedFilter)],
        responses={200: ConnectorStagedPagedQueryResponse, **errors(*QUERY)},
    )


def search_connectors(sortable: dict[str, str]) -> Callable[[View], View]:
    """Describe `GET /connectors/search`."""
    return extend_schema(
        operation_id="searchConnectors",
        tags=["Connector"],
        parameters=[LIMIT, OFFSET, sort_by(sortable), *filters_of(filters.ConnectorFilter)],
        responses={200: ConnectorSearchPagedQueryResponse, **errors(*QUERY)},
    )


create_draft = extend_schema(
    operation_id="createConnectorStaged",
    tags=["ConnectorStaged"],
    request=payloads.ConnectorStagedDraft,
    responses={201: ConnectorStaged, **errors(400, 401, 403, 406, 413, 415, TOO_MANY, 500)},
    examples=[
        OpenApiExample(
            "A payment connector of the demo",
            request_only=True,
            value={
                "key": "my-payment",
                "name": "My payment",
                "description": "Takes payments.",
                "integrationTypes": ["psp"],
                "creator": {"email": "jane@example.com", "company": "Example"},
                "repository": {"url": "https://github.com/connector-demo/payment-connector.git", "tag": "1.0.0"},
                "supportedRegions": ["europe-west1.gcp"],
            },
        )
    ],
)
UPDATE_EXAMPLES = [
    OpenApiExample(
        "Rename", request_only=True, value={"version": 1, "actions": [{"action": "setName", "name": "A better name"}]}
    ),
    OpenApiExample(
        "Submit for certification",
        request_only=True,
        value={"version": 1, "actions": [{"action": "publish", "certification": True}]},
    ),
]


def by(id_or_key: OpenApiParameter) -> dict[str, Any]:
    """Return the decorators of the three operations on one draft, for paths by id or by key."""
    name = "ByKey" if id_or_key is KEY else "ById"
    tags = ["ConnectorStaged"]
    return {
        "retrieve": extend_schema(
            operation_id=f"getConnectorStaged{name}",
            parameters=[id_or_key],
            responses={200: ConnectorStaged, **errors(*READ)},
            tags=tags,
        ),
        "update": extend_schema(
            operation_id=f"updateConnectorStaged{name}",
            parameters=[id_or_key],
            request=ConnectorUpdate,
            responses={201: ConnectorStaged, **errors(*WRITE, 409)},
            examples=UPDATE_EXAMPLES,
            tags=tags,
        ),
        "destroy": extend_schema(
            operation_id=f"deleteConnectorStaged{name}",
            parameters=[id_or_key, VERSION],
            responses={200: ConnectorStaged, **errors(*READ, 409)},
            tags=tags,
        ),
    }


def get_connector(id_or_key: OpenApiParameter) -> Any:
    """Describe `GET /connectors/{id}` or by key."""
    return extend_schema(
        operation_id=f"getConnector{'ByKey' if id_or_key is KEY else 'ById'}",
        tags=["Connector"],
        parameters=[id_or_key],
        responses={200: Connector, **errors(*READ)},
    )


# --- Views outside the framework


def _form(properties: Schema, required: list[str]) -> Schema:
    once = {"type": "string", "pattern": "^[^\\x00]*$"}
    schema = {"type": "object", "properties": properties, "required": required, "additionalProperties": once}
    return {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": schema}}}


def _token_errors() -> Schema:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorResponse"}}}
    return {
        "400": {"description": "The request, the scope or the grant type is not valid.", "content": content},
        "401": {"description": "invalid_client: id or secret is wrong.", "content": content},
        "413": {"description": "The body is larger than 1 MB.", "content": content},
        "500": {"description": DESCRIPTIONS[500], "content": content},
        "429": {
            "description": "Too many failed attempts, or too many tokens.",
            "content": content,
        },
    }


def _token_operation(operation_id: str, body: Schema, answer: Schema) -> Schema:
    return {
        "post": {
            "operationId": operation_id,
            "tags": ["OAuth 2.0"],
            "security": [{"client": []}],
            "requestBody": body,
            "responses": {"200": answer, **_token_errors()},
        }
    }


def _json(properties: Schema, required: list[str], description: str) -> Schema:
    schema = {"type": "object", "properties": properties, "required": required}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


TEXT = {"type": "string"}
FIELDS = {
    ledger.POLICY: {"schema": TEXT, "description": 'What is allowed, such as `"drafts";q=300;w=3600`.'},
    ledger.STATE: {"schema": TEXT, "description": 'What is left, and in how many seconds all: `"drafts";r=12;t=1800`.'},
}
RETRY_AFTER = {"Retry-After": {"schema": {"type": "integer", "minimum": 1}, "description": "The seconds to wait."}}


def add_limit_fields(result: Schema, generator: Any, request: Any, public: bool) -> Schema:
    """Add the header fields of limits to every operation that can answer 429, and Retry-After to that answer."""
    operations = [operation for path in result["paths"].values() for operation in path.values()]
    for responses in [found["responses"] for found in operations if str(TOO_MANY) in found["responses"]]:
        for status, response in responses.items():
            if status == str(TOO_MANY):
                response["headers"] = {**RETRY_AFTER, **FIELDS}
            elif status.startswith("2"):
                response["headers"] = {**response.get("headers", {}), **FIELDS}
    return result


def only_the_api(endpoints: list[Any], **kwargs: Any) -> list[Any]:
    """Keep only the paths of the Connect API, without those of this document."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/connectors")]


def add_token_service(result: Schema, generator: Any, request: Any, public: bool) -> Schema:
    """Add the token service, whose views are from django-allauth, and its Basic authentication."""
    text = {"type": "string", "minLength": 1}
    no_nul = {"type": "string", "pattern": "^[^\\x00]*$"}
    token = {"token": {**no_nul, "minLength": 1}, "token_type_hint": no_nul}
    result["components"].setdefault("securitySchemes", {})["client"] = {"type": "http", "scheme": "basic"}
    result["paths"]["/oauth/token"] = _token_operation(
        "createToken",
        _form({"grant_type": {"const": "client_credentials"}, "scope": no_nul}, ["grant_type"]),
        _json(
            {
                "access_token": text,
                "token_type": {"const": "Bearer"},
                "expires_in": {"type": "integer", "description": "Seconds."},
                "scope": {"type": "string", "description": "Space-separated, each name:projectKey."},
            },
            ["access_token", "token_type", "expires_in", "scope"],
            "A bearer token.",
        ),
    )
    result["paths"]["/oauth/introspect"] = _token_operation(
        "introspectToken",
        _form(token, ["token"]),
        _json(
            {
                "active": {"type": "boolean"},
                "scope": {"type": "string"},
                "client_id": {"type": "string"},
                "exp": {"type": "number", "description": "Seconds since 1970."},
            },
            ["active"],
            "The state of the token; for an invalid token only `active`.",
        ),
    )
    result["paths"]["/oauth/token/revoke"] = _token_operation(
        "revokeToken", _form(token, ["token"]), {"description": "The token is revoked, or it was unknown."}
    )
    return result


def discriminate_actions(result: Schema, generator: Any, request: Any, public: bool) -> Schema:
    """Give each update action its constant `action`, which is the discriminator.

    The union is written again: the library leaves out payloads without fields, and `unlist` has none but `action`.
    """
    schemas: Schema = result["components"]["schemas"]
    mapping = {}
    for name, action in actions.REGISTRY.items():
        component_name = action.payload.__name__
        mapping[name] = f"#/components/schemas/{component_name}"
        described = schemas.get(component_name, {"type": "object"})
        schemas[component_name] = {
            **described,
            "properties": {"action": {"type": "string", "const": name}, **described.get("properties", {})},
            "required": ["action", *described.get("required", [])],
        }
    schemas["ConnectorUpdateAction"] = {
        "oneOf": [{"$ref": ref} for ref in mapping.values()],
        "discriminator": {"propertyName": "action", "mapping": mapping},
    }
    result["components"]["schemas"] = dict(sorted(schemas.items()))
    return result
