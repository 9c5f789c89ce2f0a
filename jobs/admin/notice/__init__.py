"""Who is notified: channels and routes, and the notices that they have sent."""
