"""Who types: somebody whom this machine has let in, and who may do everything here."""

from __future__ import annotations

import getpass

from jobs.access.actor import Actor, Surface


def actor() -> Actor:
    """Who is at the keyboard, as the log and the pages call them."""
    return Actor(f"cli:{getpass.getuser()}", Surface.CLI)
