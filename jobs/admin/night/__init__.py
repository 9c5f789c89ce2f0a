"""The night: what runs when, as a calendar and a timeline, and spreading what starts together."""
