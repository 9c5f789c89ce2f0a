"""The resources: each method reads the request, calls one action or query, and answers."""
