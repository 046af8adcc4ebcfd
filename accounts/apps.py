from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who is asking and what they may do."""

    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Let webhooks make up for lost messages."""
        from accounts.webhooks import receivers  # noqa: F401, PLC0415 - models are ready only now
