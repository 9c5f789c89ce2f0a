"""What the browser tests load into the product's own processes: tasks that take their time and tell
of it.

Loaded as one more Django app, by the settings module beside this file; the product itself knows
nothing of it.
"""
