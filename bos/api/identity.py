"""Who calls: whoever has the token of the home acts as the operating-system user that BOS runs as."""

from __future__ import annotations

import hmac
import os
import pwd
from functools import cache
from typing import TYPE_CHECKING

from bos.auth.actor import Actor
from bos.errors import Unauthenticated
from bos.home import Home
from bos.model.roles import SIGNING_ROLES

if TYPE_CHECKING:
    from bos.settings import Settings

_HINT = "Send the header Authorization: Bearer TOKEN; the token is in the file token of the home."


@cache
def user() -> Actor:
    """Return the operating-system user as an actor with every role: on a laptop one person is everybody."""
    entry = pwd.getpwuid(os.geteuid())
    display = entry.pw_gecos.partition(",")[0].strip() or entry.pw_name
    return Actor(entry.pw_name, display, roles=SIGNING_ROLES | {"admin"})


class Doorkeeper:
    """Lets those in who have the token of the home."""

    def __init__(self, settings: Settings) -> None:
        self._home = Home(settings.home)
        self._token = b""

    def admit(self, authorization: str) -> Actor:
        """Return who calls, given the value of the header Authorization.

        Raises:
            Unauthenticated: there is no token, or another one.
        """
        scheme, _, token = authorization.partition(" ")
        if not authorization:
            raise Unauthenticated("Nobody is signed in: the request carries no token.", hint=_HINT)
        self._token = self._token or self._home.token().encode()
        if scheme.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), self._token):
            raise Unauthenticated("The token is not the one of this home.", hint=_HINT)
        return user()
