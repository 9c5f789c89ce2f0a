"""``manage.py person``: who may come in, and as what."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.utils.timezone import now

from jobs.access.roles import Role
from jobs.actions.people.accounts import activate_person, change_role, deactivate_person
from jobs.actions.people.invitation_mail import link_of, mail_link
from jobs.actions.people.invitations import Invited, invite_person, renew_invitation, revoke_invitation
from jobs.actions.people.second_factors import reset_second_factor
from jobs.actions.people.sessions import sign_out_person
from jobs.management.cli.job_verbs import actor
from jobs.management.cli.output import as_json, as_sheet, as_table
from jobs.management.cli.verbs import Verb
from jobs.models.access.user import User
from jobs.queries.access.people import find_person, people, person_fields
from jobs.queries.access.tokens import find_user

COLUMNS = ("name", "email", "role", "tags", "standing", "last_sign_in")


class Invite(Verb):
    name, help = "invite", "Make an account with a role, and mail or print the link that lets its owner in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("person", metavar="NAME", help="what they type to sign in")
        parser.add_argument("--email", default="", help="where the link goes; without one it is printed")
        parser.add_argument("--role", required=True, choices=[role.value for role in Role], help="what they may do")
        parser.add_argument("--tags", default="", help="only jobs with one of these tags, with commas between them")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        invited = invite_person(
            name=options["person"],
            email=options["email"],
            role=options["role"],
            tags=_tags(options["tags"]),
            actor=actor(),
            now=now(),
        )
        return _handed_over(invited, as_program=options["json"])


class List(Verb):
    name, help = "list", "List who is there, the active ones first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--search", default="", help="a part of a name or an email address")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        rows = [person_fields(user, now()) for user in people(options["search"])]
        return as_json(rows) if options["json"] else as_table(rows, COLUMNS)


class PersonVerb(Verb):
    """A verb about somebody who is there."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("person", metavar="NAME", help="the name they sign in with")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        user = find_user(options["person"])
        self.act(user, options)
        row = person_fields(find_person(user.pk), now())
        return as_json(row) if options["json"] else as_sheet(row)

    def act(self, user: User, options: dict[str, Any]) -> None:
        """Do it."""
        raise NotImplementedError


class Renew(PersonVerb):
    name, help = "renew", "Mail or print another link, for somebody who has no password yet; the one before ends."

    def run(self, options: dict[str, Any]) -> str:
        invited = renew_invitation(find_user(options["person"]), actor=actor(), now=now())
        return _handed_over(invited, as_program=options["json"])


class Revoke(PersonVerb):
    name, help = "revoke", "End the link that somebody was sent."

    def act(self, user: User, options: dict[str, Any]) -> None:
        revoke_invitation(user, actor=actor(), now=now())


class SetRole(PersonVerb):
    name, help = "role", "Give somebody another role, and other tags that limit them, or none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--role", required=True, choices=[role.value for role in Role], help="what they may do")
        parser.add_argument("--tags", default="", help="only jobs with one of these tags; without it, all jobs")

    def act(self, user: User, options: dict[str, Any]) -> None:
        change_role(user, options["role"], _tags(options["tags"]), actor=actor(), now=now())


class ResetSecondFactor(PersonVerb):
    name, help = "reset-second-factor", "Forget the authenticator app and recovery codes of somebody who has lost them."

    def act(self, user: User, options: dict[str, Any]) -> None:
        reset_second_factor(user, actor=actor(), now=now())


class Deactivate(PersonVerb):
    name, help = "deactivate", "Let nothing of theirs open any more: password, sessions, tokens, invitation."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--reason", default="", help="why, for the audit")

    def act(self, user: User, options: dict[str, Any]) -> None:
        deactivate_person(user, actor=actor(), now=now(), reason=options["reason"])


class SignOut(PersonVerb):
    name, help = "sign-out", "End all sessions of somebody; they may sign in again."

    def act(self, user: User, options: dict[str, Any]) -> None:
        sign_out_person(user, actor=actor(), now=now())


class Activate(PersonVerb):
    name, help = "activate", "Let somebody in again who was deactivated."

    def act(self, user: User, options: dict[str, Any]) -> None:
        activate_person(user, actor=actor(), now=now())


def _tags(text: str) -> list[str]:
    return [tag.strip() for tag in text.split(",") if tag.strip()]


def _handed_over(invited: Invited, *, as_program: bool) -> str:
    """That it was mailed, or the link; as JSON, both."""
    link = link_of(invited, f"http://127.0.0.1:{settings.CONFIG.port}")
    unsent = mail_link(invited, link, inviter=actor().name)
    if as_program:
        row = person_fields(find_person(invited.user.pk), now())
        return as_json(row | {"mailed": not unsent, "link": link if unsent else None})
    return f"{unsent}\n{link}" if unsent else f"Mailed {invited.user.email} a link to choose a password."
