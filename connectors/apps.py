from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    """The resource: drafts, production Connectors, their validation and their API."""

    name = "connectors"
    verbose_name = "Connectors"
