"""Alerts: what needs attention, by cause; who looks into it; what is over."""
