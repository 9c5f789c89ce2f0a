"""What runs share: pools, secrets, calendars."""
