"""OpenID Connect as allauth speaks it, and stricter: PKCE, a nonce, and a signature that is looked
at.

allauth takes an ID token unsigned where it comes from the provider itself, and sends no nonce; both
are allowed where the line can be trusted. Ours cost one look at the provider's keys.
"""

from __future__ import annotations

from hashlib import sha256
from hmac import compare_digest
from typing import Any

import jwt
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest

PROVIDER = "oidc"
SIGNED_WITH = {
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
}


class Adapter(OpenIDConnectOAuth2Adapter):
    """The provider's answers, each of which is checked."""

    verifier = ""

    def get_access_token_data(
        self, request: HttpRequest, app: Any, client: Any, pkce_code_verifier: Any = None
    ) -> Any:
        """Keeps the verifier of this sign-in, from which its nonce was made."""
        self.verifier = pkce_code_verifier or ""
        return super().get_access_token_data(
            request, app, client, pkce_code_verifier=pkce_code_verifier
        )

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **answered: Any) -> Any:
        """Who that is, as the signed ID token says; raises OAuth2Error for one that cannot be
        believed.
        """
        claims = self._believed(app, answered["response"].get("id_token"))
        userinfo = self._fetch_user_info(token.token)
        if userinfo.get("sub") != claims["sub"]:
            raise OAuth2Error("the userinfo is about another person")
        return self.get_provider().sociallogin_from_response(
            request, {"userinfo": claims | userinfo}
        )

    def _believed(self, app: Any, text: Any) -> dict[str, Any]:
        if (
            not isinstance(text, str)
            or jwt.get_unverified_header(text).get("alg") not in SIGNED_WITH
        ):
            raise OAuth2Error("there is no ID token that is signed with a public key")
        config = self.openid_config
        claims: dict[str, Any] = jwtkit.verify_and_decode(
            credential=text,
            keys_url=config["jwks_uri"],
            issuer=config["issuer"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )
        if not (
            self.verifier and compare_digest(str(claims.get("nonce", "")), nonce_of(self.verifier))
        ):
            raise OAuth2Error("the ID token belongs to another sign-in")
        return claims


class Provider(OpenIDConnectProvider):
    """Signing in, and nothing else: what a link might add to the request is left out."""

    oauth2_adapter_class = Adapter
    pkce_enabled_default = True

    def get_pkce_params(self) -> dict[str, Any]:
        """Those of PKCE, and a nonce made of its verifier, which stays in the session."""
        params: dict[str, Any] = super().get_pkce_params()
        return params | {"nonce": nonce_of(params["code_verifier"])}

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        asked: dict[str, Any] = super().get_redirect_from_request_kwargs(request)
        fixed = {
            "process": AuthProcess.LOGIN,
            "scope": self.get_scope(),
            "auth_params": self.get_auth_params(),
        }
        return asked | fixed


def nonce_of(verifier: str) -> str:
    return sha256(f"nonce {verifier}".encode()).hexdigest()
