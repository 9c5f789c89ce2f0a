"""``manage.py person``: who may come in, and as what."""

from __future__ import annotations

from abc import abstractmethod
from argparse import ArgumentParser
from typing import Any

from django.utils.timezone import now

from jobs import conf
from jobs.access.roles import Role
from jobs.actions.people.accounts import activate_person, change_role, deactivate_person
from jobs.actions.people.invitation_mail import link_of, mail_link
from jobs.actions.people.invitations import (
    Invited,
    invite_person,
    renew_invitation,
    revoke_invitation,
)
from jobs.actions.people.second_factors import reset_second_factor
from jobs.actions.people.sessions import sign_out_person
from jobs.errors import DomainError
from jobs.management.cli.job.job_flags import comma_list
from jobs.management.cli.verbs import Options, Verb
from jobs.management.client import Client
from jobs.management.local_user import actor
from jobs.models.access.user import User
from jobs.queries.access.people import find_person, people, person_fields
from jobs.queries.access.tokens import find_user


class HereVerb(Verb):
    """A verb on this machine's database alone: no token may say who comes in."""

    def ask(self, api: Client, options: Options) -> Any:
        if not api.is_here:
            raise DomainError(
                "works on this machine's database alone",
                field=self.name,
                hint="unset SCHEDULER_URL",
            )
        return self.do(options)

    @abstractmethod
    def do(self, options: Options) -> Any:
        """Do it, and return what is shown."""


class InvitingVerb(HereVerb):
    """A verb that makes a link for somebody, and hands it over."""

    def do(self, options: Options) -> Any:
        invited = self.invite(options)
        link = link_of(invited, f"http://127.0.0.1:{conf.get().port}")
        unsent = mail_link(invited, link, inviter=actor().name)
        row = person_fields(find_person(invited.user.pk), now())
        return row | {"mailed": not unsent, "link": link if unsent else None, "note": unsent}

    @abstractmethod
    def invite(self, options: Options) -> Invited:
        """Make the link."""

    def text(self, answer: Any) -> str:
        """That it was mailed, or why it was not, and the link."""
        if answer["mailed"]:
            return f"Mailed {answer['email']} a link to choose a password."
        return f"{answer['note']}\n{answer['link']}"


class Invite(InvitingVerb):
    name, help = (
        "invite",
        "Make an account with a role, and mail or print the link that lets its owner in.",
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("person", metavar="NAME", help="what they type to sign in")
        parser.add_argument(
            "--email", default="", help="where the link goes; without one it is printed"
        )
        parser.add_argument(
            "--role", required=True, choices=[role.value for role in Role], help="what they may do"
        )
        parser.add_argument(
            "--tags", default="", help="only jobs with one of these tags, with commas between them"
        )

    def invite(self, options: Options) -> Invited:
        return invite_person(
            name=options["person"],
            email=options["email"],
            role=options["role"],
            tags=comma_list(options["tags"]),
            actor=actor(),
            now=now(),
        )


class ListPeople(HereVerb):
    name, help = "list", "List who is there, the active ones first."
    columns = ("name", "email", "role", "tags", "standing", "last_sign_in")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--search", default="", help="a part of a name or an email address")

    def do(self, options: Options) -> Any:
        return [person_fields(user, now()) for user in people(options["search"])]


class PersonVerb(HereVerb):
    """A verb about somebody who is there."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("person", metavar="NAME", help="the name they sign in with")

    def do(self, options: Options) -> Any:
        user = find_user(options["person"])
        self.act(user, options)
        return person_fields(find_person(user.pk), now())

    @abstractmethod
    def act(self, user: User, options: Options) -> None:
        """Do it."""


class RenewInvitation(InvitingVerb):
    name, help = (
        "renew",
        "Mail or print another link, for somebody who has no password yet; the one before ends.",
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("person", metavar="NAME", help="the name they sign in with")

    def invite(self, options: Options) -> Invited:
        return renew_invitation(find_user(options["person"]), actor=actor(), now=now())


class RevokeInvitation(PersonVerb):
    name, help = "revoke", "End the link that somebody was sent."

    def act(self, user: User, options: Options) -> None:
        revoke_invitation(user, actor=actor(), now=now())


class SetRole(PersonVerb):
    name, help = "role", "Give somebody another role, and other tags that limit them, or none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--role", required=True, choices=[role.value for role in Role], help="what they may do"
        )
        parser.add_argument(
            "--tags", default="", help="only jobs with one of these tags; without it, all jobs"
        )

    def act(self, user: User, options: Options) -> None:
        change_role(user, options["role"], comma_list(options["tags"]), actor=actor(), now=now())


class ResetSecondFactor(PersonVerb):
    name, help = (
        "reset-second-factor",
        "Forget the authenticator app and recovery codes of somebody who has lost them.",
    )

    def act(self, user: User, options: Options) -> None:
        reset_second_factor(user, actor=actor(), now=now())


class Deactivate(PersonVerb):
    name, help = (
        "deactivate",
        "Let nothing of theirs open any more: password, sessions, tokens, invitation.",
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--reason", default="", help="why, for the audit")

    def act(self, user: User, options: Options) -> None:
        deactivate_person(user, actor=actor(), now=now(), reason=options["reason"])


class SignOut(PersonVerb):
    name, help = "sign-out", "End all sessions of somebody; they may sign in again."

    def act(self, user: User, options: Options) -> None:
        sign_out_person(user, actor=actor(), now=now())


class Activate(PersonVerb):
    name, help = "activate", "Let somebody in again who was deactivated."

    def act(self, user: User, options: Options) -> None:
        activate_person(user, actor=actor(), now=now())
