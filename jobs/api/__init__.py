"""REST: read the request, call one action or query, answer JSON; every error is a problem that
names the field.

``shapes`` are the bodies and answers as OpenAPI has them, ``views`` the resources, ``legacy`` the
older systems' own addresses. ``errors`` maps what is raised below, ``access`` says who asks.
"""
