"""Runs: which ones, and what surrounds one."""
