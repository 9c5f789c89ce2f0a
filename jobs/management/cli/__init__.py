"""The command line as a surface: read arguments, call one action or query, print for people or as JSON."""
