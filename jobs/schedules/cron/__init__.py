"""Cron expressions: five fields, or six with the seconds first."""
