"""From drafts to a plan: what an import would do, and whether it may."""
