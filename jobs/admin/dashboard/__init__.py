"""The first page: is it healthy, what is broken, what is next? Each of its panels is read, and
fails, by itself.
"""
