"""The older systems at their own addresses: their words are ``jobs.legacy``’s, the rest is as in the other views."""
