from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    """The resource: drafts, production Connectors, their validation and their API."""

    name = "connectors"
    verbose_name = "Connectors"

    def ready(self) -> None:
        """Let the queue hear of runs."""
        from connectors import receivers  # noqa: F401, PLC0415 - models are ready only now
