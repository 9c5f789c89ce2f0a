"""What the command line prints: many commands in one process, each as ``manage.py`` runs it, its
errors included.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.acceptance.canary.marks import Read
from tests.support.site import Site

# A process for each command costs more than the command; what they print they print to the same two
# streams.
MANY = """
import contextlib, io, json, sys, traceback
from django.core.management import ManagementUtility


def printed(words):
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            ManagementUtility(["manage.py", *words]).execute()
        except SystemExit as end:
            print("ends with", end.code)
        except BaseException:
            traceback.print_exc()
    return out.getvalue()


def main():
    asked = {asked}
    json.dump([[words, printed(words)] for words in (asked or derived())], sys.stdout)


def derived():
    import pkgutil
    from importlib import import_module

    from jobs.management import commands
    from jobs.management.verb_command import VerbCommand

    for module in pkgutil.iter_modules(commands.__path__):
        command = import_module(commands.__name__ + "." + module.name).Command()
        if isinstance(command, VerbCommand):
            parser = command.create_parser("manage.py", module.name)
            (verbs,) = [a for a in parser._actions if a.dest == "verb"]
            for verb, parser in verbs.choices.items():
                yield from of_verb([module.name, verb], parser)


def of_verb(words, parser):
    {of_verb}


main()
"""
LISTS = """
    options = [a for a in parser._actions if a.option_strings]
    flags = [a.option_strings[-1] for a in options if a.nargs is None and not a.choices]
    named = [a.dest for a in parser._actions if not a.option_strings]
    if words[1] in {reading} and set(named) <= {{"job"}}:
        for flag in flags:
            for guess in {guesses}:
                yield [*words, *(["tells"] if named else []), flag, guess]
"""
# Verbs that change nothing; a new one that lists is found by its name.
READING = {"list", "get", "runs", "backfills", "versions", "why", "logs", "groups"}


def printed(
    site: Site, commands: Sequence[Sequence[str]], env: Mapping[str, str] | None = None
) -> Iterator[Read]:
    """What each of these prints, where ``env`` is in place of the site's own."""
    yield from _run(site, repr([list(words) for words in commands]), "yield from ()", env)


def guesses(site: Site, values: Sequence[str]) -> Mapping[tuple[str, ...], dict[str, str]]:
    """What every verb that lists prints for each of these values of each of its flags, by verb and
    flag.
    """
    code = LISTS.format(reading=repr(READING), guesses=repr(list(values))).strip()
    told: dict[tuple[str, ...], dict[str, str]] = {}
    for where, text in _run(site, "None", code):
        *words, guess = where.split()
        told.setdefault(tuple(words), {})[guess] = text
    return told


def _run(
    site: Site, asked: str, of_verb: str, env: Mapping[str, str] | None = None
) -> Iterator[Read]:
    answers: list[Any] = json.loads(
        site.python(MANY.format(asked=asked, of_verb=of_verb), seconds=240, env=env)
    )
    yield from ((" ".join(words), text) for words, text in answers)
