"""Who is notified: channels and routes, made, changed, tested and removed."""
