"""From a file's text to drafts, without asking the database."""
