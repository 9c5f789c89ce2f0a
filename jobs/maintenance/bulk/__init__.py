"""Bulk operations: one verb for everything that a filter matches."""

from jobs.maintenance.bulk.service import BulkOperations

__all__ = ["BulkOperations"]
