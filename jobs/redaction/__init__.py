"""What is hidden: the one place that decides it.

Values and texts enter as they are stored, and leave fit to be shown.

Secrets are known by the key they stand under, by what surrounds them in a text, and, once known, by
what they say.
"""
