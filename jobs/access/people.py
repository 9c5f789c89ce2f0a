"""Who may administer whom: nobody gives what they have not, and nobody touches people or groups
that have more.
"""

from __future__ import annotations

import re

from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from jobs.access.actor import Actor, rights_of, tags_of
from jobs.models import Restriction
from jobs.models.access.user import User
from jobs.params.limits import UNSEEN, UNSEEN_RULE

# Names that the audit has for what is no person, or comes without an account.
NOT_PEOPLE = re.compile(
    r"system|retention|import|a schedule file|(cli|grpc|token):.*", re.IGNORECASE
)


def name_rules() -> None:
    """Let every form and command that makes people refuse names that would be taken for somebody,
    or nobody, else.
    """
    User._meta.get_field("username").validators.append(refuse_misleading)


def refuse_misleading(username: str) -> None:
    """Raise ValidationError for a name of ours, and for one that does not look as it is."""
    if NOT_PEOPLE.fullmatch(username.strip()):
        raise ValidationError(
            f"{username} is a name that the audit log reserves; choose another one."
        )
    if UNSEEN.search(username):
        raise ValidationError(f"The name {UNSEEN_RULE}.")


def reaches_person(actor: Actor, user: User) -> bool:
    """Whether the user can do and see nothing that the actor cannot."""
    if actor.permissions is None:
        return True
    rights, tags = rights_of_row(user), tags_of(user)
    is_seen = actor.tags is None or (tags is not None and tags <= actor.tags)
    return not user.is_superuser and rights <= actor.permissions and is_seen


def people_within(actor: Actor) -> QuerySet[User]:
    """Those who see nothing that the actor does not; one query more for whom tags limit, who is one
    of them.
    """
    if actor.tags is None:
        return User._default_manager.all()
    limits = Restriction.objects.values_list("user_id", "tags")
    within = [user for user, tags in limits if actor.tags.issuperset(tags)]
    own = Q(**{User.USERNAME_FIELD: actor.name})
    return User._default_manager.filter(own | Q(pk__in=within, is_superuser=False))


def rights_of_row(user: User) -> frozenset[str]:
    """The permissions of a user who may be switched off: as they would be, once the user is
    switched on again.
    """
    rights = rights_of(User(pk=user.pk, is_active=True, is_superuser=user.is_superuser))
    return frozenset() if rights is None else rights


def reaches_group(actor: Actor, group: Group) -> bool:
    """Whether the group gives nothing that the actor has not; a group is everybody's, so not for
    whom tags limit.
    """
    if actor.permissions is None:
        return True
    given = {
        f"{app}.{name}"
        for app, name in group.permissions.values_list("content_type__app_label", "codename")
    }
    return actor.tags is None and given <= actor.permissions


def permissions_to_give(actor: Actor) -> QuerySet[Permission]:
    """The permissions that the actor has."""
    every = Permission.objects.select_related("content_type")
    if actor.permissions is None:
        return every
    held = [
        row.pk
        for row in every
        if f"{row.content_type.app_label}.{row.codename}" in actor.permissions
    ]
    return every.filter(pk__in=held)


def groups_to_give(actor: Actor) -> QuerySet[Group]:
    """The groups that give nothing else; somebody whom tags limit gives roles all the same, to
    people limited so.
    """
    if actor.permissions is None:
        return Group.objects.all()
    beyond = Permission.objects.exclude(pk__in=permissions_to_give(actor).values("pk"))
    return Group.objects.exclude(permissions__in=beyond)
