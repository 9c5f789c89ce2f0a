"""What a User-Agent says, in words: a browser and the system it runs on."""

from __future__ import annotations

# The first that is found counts: several browsers name others in passing.
BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"), ("HeadlessChrome/", "Chrome"), ("Chrome/", "Chrome"), ("CriOS", "Chrome"),
    ("Safari/", "Safari"), ("curl/", "curl"), ("python-", "a Python program"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def browser_words(agent: str) -> str:
    """Such as ``Firefox on Linux``; what is not known is said to be unknown."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "an unknown browser")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    words = f"{browser} on {system}" if system else browser
    return words[:1].upper() + words[1:]
