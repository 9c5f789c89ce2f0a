"""The message broker: which one is used, how it differs from others, and whether it can be relied
on.
"""
