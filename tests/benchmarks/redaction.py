"""How long it takes to hide the secrets in a page of a log.

``bin/bench redaction [lines]``

Needs no database. It prints the median of 50 looks at a log with nothing to hide, at one with much
on each line, and what the first look takes at a text when a secret is as large as params may be.
"""

from __future__ import annotations

import secrets
import sys
import time
from statistics import median

from jobs.redaction.redactor import redactor_of

PARAMS = {
    "password": "corr3ct-h0rse",
    "api_token": "st4ple-battery-3",
    "url": "https://bob:hunter22@db.example/",
}
PLAIN = (
    "2026-11-26T22:50:01.000Z INFO row {number} of the nightly import was read, checked "
    "and written in {number} ms"
)
TELLING = (
    PLAIN + " password=corr3ct-h0rse Authorization: Bearer st4ple-battery-3 "
    "https://bob:hunter22@db.example/"
)
LOOKS = 50


def main(lines: str = "1000") -> None:
    redactor = redactor_of(PARAMS)
    for what, line in (("nothing to hide", PLAIN), ("much on each line", TELLING)):
        text = "\n".join(line.format(number=number) for number in range(int(lines)))
        redactor.text(text)  # its pattern is compiled once
        took = []
        for _ in range(LOOKS):
            began = time.perf_counter()
            redactor.text(text)
            took.append(time.perf_counter() - began)
        print(f"{what:<18} {len(text) // 1000:>5} KB  {median(took) * 1000:6.1f} ms")
    large = "\n".join(f'"line {number}" söme/text {secrets.token_hex(8)}' for number in range(1500))
    began = time.perf_counter()
    redactor_of({"private_key": large}).text(PLAIN)
    print(
        f"{'a large secret':<18} {len(large) // 1000:>5} KB  "
        f"{(time.perf_counter() - began) * 1000:6.1f} ms"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
