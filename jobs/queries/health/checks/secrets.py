"""Is every secret opened by a key of this process, and is there every secret that a job names?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from jobs import conf
from jobs.dispatch.naming import jobs_referring
from jobs.models import Secret
from jobs.models.access.secret import is_for
from jobs.queries.health.finding import HealthFinding
from jobs.sealing import Unreadable, unsealed

MOST = 20


def secrets(host: str) -> Iterator[HealthFinding]:
    """The first secrets that cannot be read here, and the first jobs that name one which they do
    not get.
    """
    tags = dict(Secret.objects.values_list("name", "tags"))
    found = list(chain(islice(_unreadable(), MOST), islice(_missed(tags), MOST)))
    yield from found or [
        HealthFinding("secrets", True, f"{len(tags):,} stored" if tags else "none")
    ]


def _unreadable() -> Iterator[HealthFinding]:
    for name, token in Secret.objects.order_by("name").values_list("name", "sealed").iterator():
        try:
            unsealed(token)
        except Unreadable as error:
            yield HealthFinding(
                f"secret {name}", False, f"{error}, so no run that uses it can start", _remedy(name)
            )


def _remedy(name: str) -> str:
    key = "add the key that it was stored with to SECRETS_KEYS"
    if "secrets_keys" in conf.get().keys_made_here:
        key += ", which is not set here; the key is the one in DATA_DIR"
    return f"{key}; or set its value again: manage.py secret set {name}"


def _missed(tags: dict[str, list[str]]) -> Iterator[HealthFinding]:
    for job, names in jobs_referring():
        for name in names:
            if name not in tags:
                detail = f"it uses the secret {name!r}, which does not exist"
                yield HealthFinding(
                    f"job {job.name}",
                    False,
                    detail,
                    f"manage.py secret set {name}, or edit the job",
                )
            elif not is_for(tags[name], job.tags):
                meant = ", ".join(tags[name])
                detail = (
                    f"it uses the secret {name!r}, which is only for jobs with one of the "
                    f"tags: {meant}"
                )
                yield HealthFinding(
                    f"job {job.name}", False, detail, "give the job such a tag, or another secret"
                )
