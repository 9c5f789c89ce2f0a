"""Flower's pages behind the admin login: staff only, reads only, forwarded to a private unix
socket.
"""
