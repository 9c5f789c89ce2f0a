"""The worker and its broker: which messages it takes, from which queues, and what it does while the
broker is away.
"""
