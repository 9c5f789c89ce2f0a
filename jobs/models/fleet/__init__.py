"""The processes that schedule and work, and the queues and pools that they share."""
