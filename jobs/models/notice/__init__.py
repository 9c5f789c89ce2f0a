"""What tells people: where to (Channel), which alerts (Route), and what was told (Notice)."""
