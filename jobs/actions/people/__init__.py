"""Who may come in, as what, and until when."""
