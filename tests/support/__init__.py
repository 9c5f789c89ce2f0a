"""What tests stand on: a real database, broker, browser and processes, and builders for jobs and
runs.
"""
