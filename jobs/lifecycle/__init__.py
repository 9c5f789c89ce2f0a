"""The moves of a started run, shared by whoever makes them: the worker that ends it, and the sweep
that finds it lost.

In comes a message and how its attempt ended; the run, the attempt and the log change together, or
nothing does.
"""
