"""What monitoring asks: the probes /livez, /readyz and /healthz, open to all, and /metrics, open to
this machine.

They are answered before everything else: no session, no login, no host name to match, no redirect
to HTTPS. A probe asks a process by its address and must be told the truth by whatever is left of
it.
"""
