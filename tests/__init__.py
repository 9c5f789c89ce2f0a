"""The tests, by cost: unit, integration, acceptance and browser; architecture holds the rules of
the source.
"""
