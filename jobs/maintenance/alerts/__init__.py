"""Alerts: what needs attention, and what tells that it does."""

from jobs.maintenance.alerts.service import Alerts, close_alert, raise_alert

__all__ = ["Alerts", "close_alert", "raise_alert"]
