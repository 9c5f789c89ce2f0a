"""What the fault plan loads into the product's own processes: tasks that keep a journal, and
patches named by variable.

Loaded as one more Django app, by the settings module beside this file; the product itself knows
nothing of it.
"""
