"""The schedule files that can be read, one format per module; each says how an entry becomes a
draft.
"""
