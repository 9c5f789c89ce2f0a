"""``manage.py up``: run everything on this machine until Ctrl-C."""

from __future__ import annotations

import sys
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.management.base import CommandError

from jobs import conf
from jobs.embedded.parts import Site
from jobs.embedded.runtime import Options, Runtime
from jobs.embedded.supervisor import PartDoesNotStart
from jobs.embedded.terminal import Terminal
from jobs.management.own_site import own_site
from jobs.management.plain import PlainCommand


class Command(PlainCommand):
    """Reads the configuration, then hands over to the runtime."""

    help = (
        "Start Redis (unless a broker is set), web, gRPC, scheduler, worker and Flower; "
        "Ctrl-C stops them all."
    )
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        config = own_site(
            "Start its processes as before: its web server, celery worker and celery beat."
        )
        schedule_files = config.schedule_files or [
            str(settings.BASE_DIR / "examples" / "schedule.json")
        ]
        site = Site(
            app=current_app,
            data_dir=conf.get().data_dir,
            flower_socket=conf.get().flower_socket,
            port=config.port,
            url_prefix=config.url_prefix,
            grpc_port=config.grpc_port,
            also_ports=config.also_ports,
            also_grpc_ports=config.also_grpc_ports,
            grpc_is_open=config.grpc_open_on_loopback is not False,
            compat_is_open=config.compat_open_on_loopback is not False,
            autoscale=config.autoscale,
            stop_grace_seconds=config.stop_grace_seconds,
            log_level=config.log_level,
            schedule_files=schedule_files,
        )
        options = Options(
            site=site,
            redis_socket=config.socket_path("redis") if config.embeds_redis else None,
            admin_password=config.admin_password,
        )
        try:
            Runtime(options, Terminal(sys.stdout)).run()
        except PartDoesNotStart as error:
            raise CommandError(str(error)) from error
