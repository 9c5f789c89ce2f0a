"""The addresses that load balancers, container engines and monitoring ask: /livez, /readyz, /healthz.

They are answered before everything else: no session, no login, no host name to match, no redirect to HTTPS. A probe
asks a process by its address and must be told the truth by whatever is left of it.
"""
