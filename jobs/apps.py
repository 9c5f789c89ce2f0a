"""Django's entry into the engine."""

from django.apps import AppConfig

from jobs import conf


class JobsConfig(AppConfig):
    name = __name__.rpartition(".")[0]
    # of the tables, permissions and addresses: a project may well have an app called jobs
    label = "beatwright"
    verbose_name = "Beatwright"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to other packages; where traces are wanted, let them listen, elsewhere theirs are
        not even loaded.
        """
        from jobs import checks  # noqa: F401, PLC0415  # registers itself
        from jobs.database import sessions  # noqa: PLC0415  # needs the apps
        from jobs.models.beat_zones import read_unknown_zones  # noqa: PLC0415  # needs the models

        sessions.limit_connections()
        read_unknown_zones()
        if conf.get().site:  # a project looks after its people itself
            from jobs import receivers  # noqa: PLC0415  # need the models
            from jobs.access.people import name_rules  # noqa: PLC0415  # needs the models

            receivers.connect_receivers()
            name_rules()
        if conf.get().traces_endpoint:
            # It costs a tenth of a second, and needs the models.
            from jobs.tracing import trace_runs  # noqa: PLC0415

            trace_runs(conf.get().traces_endpoint)
