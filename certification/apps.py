from django.apps import AppConfig


class CertificationConfig(AppConfig):
    """Human review: rounds, criteria, decisions, conversation."""

    name = "certification"
    verbose_name = "Certification"

    def ready(self) -> None:
        """Connect the receivers that keep rounds in sync with drafts and notify people of events."""
        from certification import decisions, receivers  # noqa: F401, PLC0415 - models are ready only now
        from certification.notifications import admin, kinds  # noqa: F401, PLC0415
        from certification.notifications import receivers as listeners  # noqa: F401, PLC0415

        decisions.registered()
        kinds.register_webhooks()
