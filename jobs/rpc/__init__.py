"""gRPC: DTS-Go's three services, so that its clients work as they are.

What enters is a message with a token in its metadata; what leaves is a message, or a status that
names the field at fault. The methods are ``jobs.compat.dts_go``'s, as over HTTP.
"""
