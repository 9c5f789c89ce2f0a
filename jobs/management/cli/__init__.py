"""The verbs: read arguments, ask the API once, print for people or as JSON."""
