"""How the process that speaks to apprise ends."""

SENT, REFUSED, KNOWN = 0, 1, 3
