"""From a marked run to its message: what it tells, how it is made, and what becomes of the mark if
it is not sent.
"""
