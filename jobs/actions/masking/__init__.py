"""Secrets in what somebody saves or runs: masks that come back, references, and revealing."""
