"""Calendars: what they close, and the sets of them that jobs follow."""
