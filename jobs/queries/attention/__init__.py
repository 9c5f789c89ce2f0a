"""What needs attention: alerts, their causes, and misses."""
