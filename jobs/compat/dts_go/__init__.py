"""DTS-Go: its three services over its own messages, for gRPC and for the gateway's JSON alike.

``jobs`` and ``executions`` say what its words mean here; the services are its methods, message in
and message out.
"""
