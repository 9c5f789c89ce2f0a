"""django-allauth behind the console's door: a second factor, and single sign-on by OpenID Connect.

An option: nothing outside of this package imports it, and it is a part of the site where
SECOND_FACTOR or OIDC_ISSUER is set. The password is still asked for by the console's own sign-in
page.
"""
