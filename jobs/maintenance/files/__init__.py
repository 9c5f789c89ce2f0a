"""Schedule files that are followed: which of them count, and what they say."""
