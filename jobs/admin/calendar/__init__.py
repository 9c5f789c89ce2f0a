"""The room about calendars: their list, each with its month, and the form."""
