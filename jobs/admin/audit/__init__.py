"""The pages about who changed what."""
