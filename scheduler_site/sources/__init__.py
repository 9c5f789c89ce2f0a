"""Where settings come from next to the environment and .env: a file, and the older systems'
names.
"""
