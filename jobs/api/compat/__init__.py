"""The older systems at their own addresses: their words are ``jobs.compat``’s, the rest is as in
the other views.
"""
