"""Django's entry into the package."""

from django.apps import AppConfig


class SigningInConfig(AppConfig):
    name = "jobs.signing_in"
    verbose_name = "Signing in"

    def ready(self) -> None:
        """Listen to what allauth tells."""
        from jobs.signing_in import receivers  # noqa: PLC0415  # needs the models

        receivers.connect()
