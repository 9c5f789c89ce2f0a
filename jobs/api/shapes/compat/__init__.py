"""The older systems' bodies and answers, a module for each."""
