from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ConnectorsConfig(AppConfig):
    """The resource: drafts, production Connectors, their validation and their API."""

    name = "connectors"
    verbose_name = "Connectors"

    def ready(self) -> None:
        """Connect the queue's receivers, register the system checks, and install the triggers after each migration."""
        from connectors import receivers  # noqa: F401, PLC0415 - models are ready only now
        from connectors.runs import scanner_settings  # noqa: F401, PLC0415
        from connectors.store import triggers  # noqa: PLC0415
        from connectors.worker import machine  # noqa: F401, PLC0415

        post_migrate.connect(triggers.install, sender=self)
