"""Notices: what people are told of alerts, and how it reaches them.

What enters is an alert that is opened, closed or no longer acknowledged; ``outbox`` writes what is
to be told in that transaction. ``claiming`` hands each notice to one try at a time, ``channels``
sends it, and ``settling`` writes what came of it. The database decides; nothing here waits for a
network, but for ``channels``.
"""
