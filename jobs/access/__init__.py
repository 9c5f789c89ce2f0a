"""Who acts, and what they may do: every action is handed an Actor, and asks it before it changes
anything.
"""
