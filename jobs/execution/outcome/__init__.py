"""What a run leaves: its log, its progress, and the outcome that is written when its body has
ended.
"""
