"""One command per module, found by Django under its file name; at most 60 lines each."""
