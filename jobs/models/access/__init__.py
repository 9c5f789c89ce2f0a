"""Who may do what, and what they did: tokens, restrictions, invitations, sign-ins, secrets, the
audit.
"""
