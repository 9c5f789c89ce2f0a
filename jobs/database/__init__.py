"""What every process asks of its database connections: limits on waiting, and who it is that is waited for."""
