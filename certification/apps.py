from django.apps import AppConfig


class CertificationConfig(AppConfig):
    """Human review: rounds, criteria, decisions, conversation."""

    name = "certification"
    verbose_name = "Certification"

    def ready(self) -> None:
        """Let rounds follow their drafts."""
        from certification import receivers  # noqa: F401, PLC0415 - models are ready only now
