"""Keeping what was begun on its way: the leader's services.

One service a module, all of one shape: ``run_once(now=…)`` does what is due and returns how much of
what it changed; it costs one cheap query while there is nothing to do, and doing it twice does no
harm.
"""
