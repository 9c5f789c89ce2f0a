"""What is done to calendars."""
