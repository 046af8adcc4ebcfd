"""The paths of the API, its description and what scanners post to. Order matters: fixed words come before ids."""

from typing import Any

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny

from connectors.api import envelope, runs, scanner_deliveries, views

# `Any`: the stubs name a type for these that does not exist at run time.
DRAFTS: dict[str, Any] = {"get": "list", "post": "create"}
DRAFT: dict[str, Any] = {"get": "retrieve", "post": "update", "delete": "destroy"}
CONNECTOR: dict[str, Any] = {"get": "retrieve"}
LIST: dict[str, Any] = {"get": "list"}
ONE: dict[str, Any] = {"get": "retrieve"}
AS_SARIF: dict[str, Any] = {"get": "sarif"}
# Nobody asks what OPTIONS says of a document, and its renderers cannot tell it.
ANYBODY: dict[str, Any] = {"permission_classes": [AllowAny], "authentication_classes": [], "metadata_class": None}

urlpatterns = [
    path("connectors/drafts", views.ConnectorStagedViewSet.as_view(DRAFTS), name="api_drafts"),
    path("connectors/drafts/key=<str:key>", views.ConnectorStagedByKey.as_view(DRAFT), name="api_draft_by_key"),
    path("connectors/drafts/<str:id>", views.ConnectorStagedById.as_view(DRAFT), name="api_draft"),
    path("connectors/drafts/<str:id>/runs", runs.RunViewSet.as_view(LIST), name="api_runs"),
    path("connectors/drafts/<str:id>/runs/<str:run>", runs.RunViewSet.as_view(ONE), name="api_run"),
    path("connectors/drafts/<str:id>/runs/<str:run>/sarif", runs.RunViewSet.as_view(AS_SARIF), name="api_run_sarif"),
    path("connectors/search", views.ConnectorViewSet.as_view({"get": "search"}), name="api_search"),
    path("connectors/key=<str:key>", views.ConnectorByKey.as_view(CONNECTOR), name="api_connector_by_key"),
    path("connectors/<str:id>", views.ConnectorById.as_view(CONNECTOR), name="api_connector"),
    re_path(r"^(?:connectors|oauth)(?:/.*)?$", envelope.unknown_path),
    path("scans/<str:token>", scanner_deliveries.deliver, name="scanner_delivery"),
    path("api/schema", SpectacularAPIView.as_view(**ANYBODY), name="api_schema"),
    path("api/docs", SpectacularSwaggerSplitView.as_view(url_name="api_schema", **ANYBODY), name="api_docs"),
]
