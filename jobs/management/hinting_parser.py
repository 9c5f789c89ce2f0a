"""A parser of command lines that guesses which flag or verb was meant."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.management.base import CommandParser

from jobs.errors import did_you_mean


class HintingParser(CommandParser):
    """As Django's; what it does not know, it refuses with the nearest that it does."""

    def parse_known_args(  # type: ignore[override]  # the overloads differ in the namespace alone
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """All of them are known: a verb's parser is asked so, and has the flags to guess from."""
        namespace, unknown = super().parse_known_args(args, namespace)
        if unknown:
            told = [f"unrecognized arguments: {' '.join(unknown)}", *self._meant(unknown)]
            self.error("; ".join(told))
        return namespace, []

    def _meant(self, unknown: Iterable[str]) -> list[str]:
        flags = {flag.lstrip("-"): flag for flag in self._option_string_actions}
        written = (word.partition("=")[0].lstrip("-") for word in unknown if word.startswith("--"))
        hints = (did_you_mean(word, flags) for word in written)
        return [hint.replace("mean ", "mean --") for hint in hints if hint]

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            hint = did_you_mean(str(value), [str(each) for each in action.choices or ()])
            raise argparse.ArgumentError(
                action, "; ".join([error.message, *filter(None, [hint])])
            ) from None
