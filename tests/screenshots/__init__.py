"""Pictures of the console for people to look at, and for the documents: ``bin/screenshots``."""
