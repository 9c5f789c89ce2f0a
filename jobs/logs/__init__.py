"""What log lines are about, and streams that nobody can stop by not reading them."""
