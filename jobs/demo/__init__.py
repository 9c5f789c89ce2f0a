"""A company that never was: its jobs, and a month of their history, for looking at the console and
for pictures.

What enters: a database, and how many days back. What leaves: ordinary rows, as if a scheduler and
workers had been at work all the time. Nothing here is read by the engine.
"""
