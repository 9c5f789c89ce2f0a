"""Make, change and remove secrets. Their values come in here, and leave sealed."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction

from jobs.access import audit
from jobs.access.actor import Actor, out_of_reach
from jobs.access.visible import visible_jobs, visible_secrets
from jobs.definition.checking import QUEUE_ALLOWED, QUEUE_RULE, TAGS_MOST
from jobs.definition.fitting import some
from jobs.definition.storable import refuse_unknown, unfit_text
from jobs.dispatch.naming import jobs_naming
from jobs.errors import DomainError, InvalidFields, NameTaken, SecretNotFound
from jobs.models import Channel, Job, Secret
from jobs.models.access.secret import is_for
from jobs.params.limits import UNSTORABLE
from jobs.sealing import Unreadable, is_current, resealed, sealed

logger = logging.getLogger(__name__)

MOST_SECRETS = 1_000
LONGEST_DESCRIPTION = 500
MOST_BYTES = 64 * 1024
SHORTEST = 4
MANAGE = "beatwright.manage_secret"
EDITABLE = frozenset({"value", "description", "tags"})
BATCH = 100
SEALED = ("name", "sealed")
ALL = audit.Subject("secret", "", "all secrets")


class InvalidSecret(InvalidFields):
    """A secret that cannot be saved."""


def create_secret(values: dict[str, Any], *, actor: Actor, now: datetime) -> Secret:
    """A new secret from name, value, description and tags; at most 1,000, so that no list of them
    needs pages.

    Raises InvalidSecret, NameTaken, or DomainError for an unknown field; Forbidden for tags beyond
    the actor's own.
    """
    actor.require(MANAGE)
    refuse_unknown(values, EDITABLE | {"name"}, "a secret")
    secret = Secret(
        name=values.get("name", ""), description=values.get("description", ""),
        tags=values.get("tags", []),
        created_at=now, created_by=actor.name[:150], updated_at=now, updated_by=actor.name[:150],
        rotated_at=now,
    )  # fmt: skip
    _check(secret, values.get("value", ""))
    _require_tags(actor, before=[], after=secret.tags)
    secret.sealed = sealed(values["value"])
    with transaction.atomic():
        if Secret.objects.count() >= MOST_SECRETS:
            raise DomainError(f"there can be at most {MOST_SECRETS:,} secrets", field="name")
        _insert(secret)
        audit.record(actor, audit.Verb.CREATE_SECRET, secret, now=now, after=secret_facts(secret))
    logger.info("secret created", extra={"reference": secret.name, "actor": actor.name})
    return secret


def update_secret(name: str, values: dict[str, Any], *, actor: Actor, now: datetime) -> Secret:
    """Change a secret's value, description or tags; runs that begin from now on get the new value.

    Raises SecretNotFound, InvalidSecret, Forbidden, or DomainError for an unknown field or where
    jobs that name the secret would no longer have one of its tags.
    """
    actor.require(MANAGE)
    refuse_unknown(values, EDITABLE, "a secret")
    with transaction.atomic():
        secret = _locked(name, actor)
        before = secret_facts(secret)
        secret.description, secret.tags = (
            values.get("description", secret.description),
            values.get("tags", secret.tags),
        )
        _check(secret, values.get("value"))
        _require_tags(actor, before=before["tags"], after=secret.tags)
        if secret.tags != before["tags"]:
            _refuse_left_out(secret, actor)
        if "value" in values:
            secret.sealed, secret.version, secret.rotated_at = (
                sealed(values["value"]),
                secret.version + 1,
                now,
            )
        if secret_facts(secret) == before:
            return secret
        secret.updated_at, secret.updated_by = now, actor.name[:150]
        secret.save()
        audit.record(
            actor,
            audit.Verb.UPDATE_SECRET,
            secret,
            now=now,
            before=before,
            after=secret_facts(secret),
        )
    logger.info(
        "secret updated", extra={"reference": name, "version": secret.version, "actor": actor.name}
    )
    return secret


def delete_secret(name: str, *, actor: Actor, now: datetime) -> None:
    """Remove a secret; raises SecretNotFound, or DomainError while jobs that are not archived name
    it.
    """
    actor.require(MANAGE)
    with transaction.atomic():
        secret = _locked(name, actor)
        _refuse_used(
            list(jobs_naming(name)), actor, "delete", "give these jobs another secret first"
        )
        audit.record(actor, audit.Verb.DELETE_SECRET, secret, now=now, before=secret_facts(secret))
        secret.delete()
    logger.info("secret deleted", extra={"reference": name, "actor": actor.name})


def reseal_secrets(*, actor: Actor, now: datetime) -> dict[str, list[str]]:
    """Encrypt every secret, and every channel's address, anew that the first of SECRETS_KEYS did
    not; values and versions stay.

    Answers the names of those that were ``resealed``, and of those that no key opens,
    ``unreadable``.
    """
    actor.require_everywhere(MANAGE)
    done: dict[str, list[str]] = {"resealed": [], "unreadable": []}
    for model in (Secret, Channel):
        for name, token in list(model._default_manager.order_by("name").values_list(*SEALED)):
            if not is_current(token):
                _reseal(model, name, token, done)
    if done["resealed"]:
        audit.record(
            actor,
            audit.Verb.RESEAL_SECRETS,
            ALL,
            now=now,
            after={"resealed": len(done["resealed"])},
        )
    counts = {kind: len(names) for kind, names in done.items()}
    logger.info("secrets encrypted anew", extra=counts | {"actor": actor.name})
    return done


def _reseal(
    model: type[Secret | Channel], name: str, token: str, done: dict[str, list[str]]
) -> None:
    said = name if model is Secret else f"channel {name}"
    try:
        new = resealed(token)
    except Unreadable:
        done["unreadable"].append(said)
        return
    # Compared with what was read: a value that was set meanwhile is sealed with the first key
    # anyway.
    changed = model._default_manager.filter(name=name, sealed=token).update(sealed=new)
    done["resealed"] += [said] * changed


def secret_facts(secret: Secret) -> dict[str, Any]:
    """What the audit says of a secret: never anything of its value."""
    return {"description": secret.description, "tags": secret.tags, "version": secret.version}


def _insert(secret: Secret) -> None:
    kept = {field.name: field.value_from_object(secret) for field in Secret._meta.concrete_fields}
    _, is_new = Secret.objects.get_or_create(name=kept.pop("name"), defaults=kept)
    if not is_new:
        # Also where it is another's: that a name is taken cannot be kept from somebody who tries to
        # make it.
        raise NameTaken(f"another secret already has the name {secret.name!r}", field="name")


def _locked(name: str, actor: Actor) -> Secret:
    known = QUEUE_ALLOWED.fullmatch(name)
    found = visible_secrets(actor).select_for_update().filter(name=name).first() if known else None
    if found is None:
        raise SecretNotFound(f"there is no secret {name[:100]!r}", field="secret")
    return found


def _require_tags(actor: Actor, *, before: list[str], after: list[str]) -> None:
    """Whom tags limit gives and takes away none but their own, and keeps a secret within their
    reach.
    """
    if actor.tags is None:
        return
    if (set(before) ^ set(after)) - actor.tags or actor.tags.isdisjoint(after):
        raise out_of_reach(actor)


def _refuse_left_out(secret: Secret, actor: Actor) -> None:
    left_out = [job for job in jobs_naming(secret.name) if not is_for(secret.tags, job.tags)]
    _refuse_used(left_out, actor, "tags", "give these jobs one of the tags first")


def _refuse_used(jobs: list[Job], actor: Actor, field: str, hint: str) -> None:
    if not jobs:
        return
    seen = set(
        visible_jobs(actor).filter(pk__in=[job.pk for job in jobs]).values_list("name", flat=True)
    )
    unseen = len(jobs) - len(seen)
    names = [some(sorted(seen))] if seen else []
    others = [f"{unseen:,} that you cannot see"] if unseen else []
    count = f"{len(jobs):,} job{'s' if len(jobs) > 1 else ''}"
    raise DomainError(f"in use by {count}: {' and '.join(names + others)}", field=field, hint=hint)


def _check(secret: Secret, value: object) -> None:
    problems = list(_problems(secret))
    if value is not None:
        problems += _value_problems(value)
    if problems:
        raise InvalidSecret(problems)


def _problems(secret: Secret) -> Iterator[DomainError]:
    if not QUEUE_ALLOWED.fullmatch(str(secret.name)):
        yield DomainError(QUEUE_RULE, field="name")
    yield from unfit_text("description", secret.description, LONGEST_DESCRIPTION)
    tags = secret.tags
    words = isinstance(tags, list) and all(
        isinstance(tag, str) and 0 < len(tag) <= 50 for tag in tags
    )
    if not words or len(tags) > TAGS_MOST or UNSTORABLE.search("".join(tags)):
        yield DomainError(
            f"must be a list of at most {TAGS_MOST} words of up to 50 characters", field="tags"
        )


def _value_problems(value: object) -> Iterator[DomainError]:
    if not isinstance(value, str) or not value.strip():
        yield DomainError("is required", field="value")
    elif UNSTORABLE.search(value):
        yield DomainError("contains a character that cannot be stored", field="value")
    elif len(value.encode()) > MOST_BYTES:
        yield DomainError(f"must not be larger than {MOST_BYTES // 1024} KB", field="value")
    elif max(len(line.strip()) for line in value.splitlines()) < SHORTEST:
        hint = "a shorter value occurs in too many words to be hidden"
        yield DomainError(
            f"must have at least {SHORTEST} characters in a line", field="value", hint=hint
        )
