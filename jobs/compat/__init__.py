"""The older systems' words: what their requests mean as jobs, and how a job is told in their terms.

Each system's own words stand in a module of its name; what is common in ``naming``, ``status`` and
``cancelling``. Surfaces that speak an older protocol share this room.
"""
