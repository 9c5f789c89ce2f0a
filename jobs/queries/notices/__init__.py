"""Channels, routes and notices as people see them."""
