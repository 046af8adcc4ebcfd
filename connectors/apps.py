from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ConnectorsConfig(AppConfig):
    """The resource: drafts, production Connectors, their validation and their API."""

    name = "connectors"
    verbose_name = "Connectors"

    def ready(self) -> None:
        """Let the queue hear of runs, the settings be checked, and the database keep its books after each migration."""
        from connectors import bookkeeping, machine, receivers, scanner_settings  # noqa: F401, PLC0415 - models are ready only now

        post_migrate.connect(bookkeeping.install, sender=self)
