from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who is asking and what they may do."""

    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Register the checks of the settings and the receivers of signals."""
        from accounts import deployment, installation, receivers  # noqa: F401, PLC0415 - models are ready only now
        from accounts.access import second_factor  # noqa: F401, PLC0415
        from accounts.logs import receivers as logged  # noqa: PLC0415
        from accounts.sessions import history, lifetimes, proofs  # noqa: F401, PLC0415
        from accounts.webhooks import receivers as _  # noqa: F401, PLC0415

        logged.listen()
        history.listen()
