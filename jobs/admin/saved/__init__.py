"""What people keep of the long lists: views under a name, and their own columns."""
