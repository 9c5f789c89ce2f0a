"""Recurrence rules (RFC 5545)."""
