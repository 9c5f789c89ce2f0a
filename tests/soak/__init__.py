"""``bin/up`` for as long as its users run it: ``bin/soak --minutes 60``."""
