"""What gunicorn is taught: patience with slow clients, and deadlines for them."""
