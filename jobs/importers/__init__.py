"""Schedule files in, jobs out; and jobs out again as files.

In comes a JSON file (system A's, system E's or our own export, told apart by its content); out go jobs that the file
owns from then on. The way is always the same: parse, validate everything, diff, apply in one transaction. A file with
a mistake changes nothing unless its good part was asked for, and the same file again changes nothing at all.
"""
