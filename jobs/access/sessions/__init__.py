"""The sessions of people: how one is stored, watched and ended."""
