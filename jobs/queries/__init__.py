"""Read models: what pages, commands and programs are shown, each with a known number of queries."""
