"""Who is notified, and what they were told."""
