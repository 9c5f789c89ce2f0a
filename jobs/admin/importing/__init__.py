"""The import page: hand in a file or paste it, see what it would do, apply what is right, see what
was done.
"""
