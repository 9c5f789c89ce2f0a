"""The command line: words in, one action or query called, lines out."""
