"""``manage.py schema``: the JSON Schema of schedule files, for editors and for CI."""

from __future__ import annotations

import json
from typing import Any

from jobs.importers.formats.schema import schema_of_files
from jobs.management.plain import PlainCommand


class Command(PlainCommand):
    """It needs neither a database nor a broker."""

    help = "Print the JSON Schema of schedule files."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(json.dumps(schema_of_files(), indent=2, ensure_ascii=False))
