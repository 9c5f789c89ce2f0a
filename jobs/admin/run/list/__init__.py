"""The list of runs: found, picked, peeked into, exported and acted on."""
