"""What the worker's main process watches from threads: leases, limits, cancels, and pool children
that died or hang.
"""
