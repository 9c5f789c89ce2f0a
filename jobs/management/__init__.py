"""The command line: words in, one request of the API, lines out."""
