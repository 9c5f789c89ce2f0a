"""Bulk operations: what was ordered for everything that a filter matches, and how far it is."""
