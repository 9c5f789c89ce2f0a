"""Dead letters: runs that failed for good, by error; run them again at a chosen rate, or discard
them.
"""
