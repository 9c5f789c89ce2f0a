from __future__ import annotations

import io

from jobs.embedded.terminal import Terminal


class Closed(io.StringIO):
    """A terminal that went away, as after SIGHUP."""

    def flush(self) -> None:
        raise OSError(5, "Input/output error")


def test_a_line_names_its_part() -> None:
    output = io.StringIO()
    Terminal(output).say("redis", "is back")
    assert output.getvalue() == "    redis  is back\n"


def test_a_terminal_that_went_away_stops_nothing() -> None:
    output = Closed()
    terminal = Terminal(output)
    terminal.say("up", "stopping")
    terminal.say("up", "stopped")
    assert output.getvalue() == "       up  stopping\n"
