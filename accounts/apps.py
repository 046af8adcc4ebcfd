from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who is asking and what they may do."""

    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Let webhooks make up for lost messages, and a first second factor end other sessions."""
        from accounts import second_factor  # noqa: F401, PLC0415 - models are ready only now
        from accounts.webhooks import receivers  # noqa: F401, PLC0415
