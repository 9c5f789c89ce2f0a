"""People, their tokens, what they did, and the secrets they keep."""
