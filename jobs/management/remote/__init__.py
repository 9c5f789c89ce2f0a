"""What is done otherwise on another machine: files are read where one types, and health is what its
probe tells.
"""
