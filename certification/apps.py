from django.apps import AppConfig


class CertificationConfig(AppConfig):
    """Human review: rounds, criteria, decisions, conversation."""

    name = "certification"
    verbose_name = "Certification"
