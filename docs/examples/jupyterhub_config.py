"""JupyterHub for analysts: they sign in where people of BOS do, their notebooks are connected, the apps are a service.

Read by `jupyterhub -f jupyterhub_config.py`. Set the variables below, and JUPYTERHUB_CRYPT_KEY (openssl rand -hex 32).
"""

import base64
import json
import os
import time
import urllib.request

from tornado.ioloop import IOLoop
from tornado.web import HTTPError

c = get_config()  # noqa: F821 - JupyterHub gives it

ISSUER = os.environ["BOS_OIDC_ISSUER"]  # the provider of the sign-on
BOS_URL = os.environ["BOS_URL"]  # the API, as this machine and the servers of analysts reach it
PUBLIC_URL = os.environ["BOS_PUBLIC_URL"]  # the API, as browsers reach it: on the host of the Hub
HUB_URL = os.environ["HUB_URL"]  # this Hub, as browsers reach it
HUB_SECRET = os.environ["HUB_CLIENT_SECRET"]  # of the client "jupyterhub" at the provider
BOS_HOME = os.environ["BOS_HOME"]  # whose session.key signs cookies
APPS_PORT = os.environ.get("BOS_APPS_PORT", "8766")

with urllib.request.urlopen(f"{ISSUER.rstrip('/')}/.well-known/openid-configuration") as answer:  # noqa: S310 - an address of ours
    provider = json.load(answer)

c.JupyterHub.authenticator_class = "generic-oauth"
c.GenericOAuthenticator.client_id = "jupyterhub"
c.GenericOAuthenticator.client_secret = HUB_SECRET
c.GenericOAuthenticator.oauth_callback_url = f"{HUB_URL}/hub/oauth_callback"
c.GenericOAuthenticator.authorize_url = provider["authorization_endpoint"]
c.GenericOAuthenticator.token_url = provider["token_endpoint"]
c.GenericOAuthenticator.userdata_url = provider["userinfo_endpoint"]
c.GenericOAuthenticator.basic_auth = True
c.GenericOAuthenticator.scope = ["openid", "profile", "email"]
c.GenericOAuthenticator.username_claim = "preferred_username"  # the one that BOS_OIDC_PERSON_CLAIM names
c.GenericOAuthenticator.allow_all = True  # what somebody may do in BOS is said there
c.GenericOAuthenticator.auto_login = True
c.GenericOAuthenticator.enable_auth_state = True
c.GenericOAuthenticator.refresh_pre_spawn = True


def fresh_enough(authenticator, user, auth_state):
    """Send somebody to the provider again whose identity token is over: BOS would not take it."""
    del authenticator, user
    body = ((auth_state or {}).get("id_token") or "").split(".")[1:2]
    if not body:
        return False
    claims = json.loads(base64.urlsafe_b64decode(body[0] + "=" * (-len(body[0]) % 4)))
    return None if claims["exp"] > time.time() + 30 else False


c.GenericOAuthenticator.refresh_user_hook = fresh_enough


def token_of(auth_state):
    """Return a token of BOS for whoever signed in."""
    asked = urllib.request.Request(  # noqa: S310 - an address of ours
        f"{BOS_URL}/api/v1/tokens/sign-on",
        json.dumps({name: auth_state[name] for name in ("id_token", "access_token")}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310 - as above
        return json.load(answer)["secret"]


async def connect(spawner):
    """Give the server of an analyst what `bos.connect()` needs: the address of BOS, and a token of theirs."""
    auth_state = await spawner.user.get_auth_state()
    try:
        secret = await IOLoop.current().run_in_executor(None, token_of, auth_state)
    except OSError as error:
        spawner.log.warning("BOS gave no token: %s", error)
        raise HTTPError(503, "BOS does not let you in just now. Sign out of the Hub, and in again.") from error
    spawner.environment = {**spawner.environment, "BOS_URL": BOS_URL, "BOS_TOKEN": secret}


c.Spawner.pre_spawn_hook = connect

c.JupyterHub.services = [
    {
        "name": "bos",
        "display": True,
        "url": f"http://127.0.0.1:{APPS_PORT}",
        "command": ["bos", "apps"],
        "environment": {
            "BOS_HOME": BOS_HOME,
            "BOS_URL": BOS_URL,
            "BOS_PUBLIC_URL": PUBLIC_URL,
            "BOS_APPS_URL": f"{HUB_URL}/services/bos",
            "BOS_APPS_PORT": APPS_PORT,
            "BOS_OIDC_ISSUER": ISSUER,
        },
    }
]
