"""What a task takes, and what is wrong with what it was given."""
