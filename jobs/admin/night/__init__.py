"""The night: what runs when, as a forecast and a timeline, and spreading what starts together."""
