"""The addresses of the apps, all of them: a page, its kernel, and the files pages are made of."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from jupyter_server.auth.decorator import allow_unauthenticated, authorized
from jupyter_server.base.handlers import APIHandler, FileFindHandler, JupyterHandler
from tornado.web import HTTPError, StaticFileHandler
from voila.static_file_handler import MultiStaticFileHandler, TemplateStaticFileHandler
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from bos.logs import incident
from bos.serve.apps import pages
from bos.serve.apps.render import rendered

if TYPE_CHECKING:
    from bos.serve.apps.app import Apps
    from bos.serve.apps.identity import SessionIdentity

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_log = logging.getLogger("bos.apps")

HSTS = "max-age=31536000"
"""A browser that came by TLS once comes by TLS for a year (RFC 6797)."""

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' blob: data:; worker-src 'self' blob:; "
    "frame-src 'self' blob: data:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
"""What a page may load: nothing from another host."""


class Door(JupyterHandler):
    """Base of every address: somebody signed in, this machine's own name, and words instead of tracebacks."""

    def set_default_headers(self) -> None:
        """Set what every answer carries."""
        super().set_default_headers()
        self.set_header("Content-Security-Policy", POLICY)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "same-origin")
        self.clear_header("Server")
        if self.who.is_secure(self):
            self.set_header("Strict-Transport-Security", HSTS)

    @property
    def content_security_policy(self) -> str:
        """Return what a page may load."""
        return POLICY

    @property
    def who(self) -> SessionIdentity:
        """Return what finds the visitor of a request."""
        return cast("SessionIdentity", self.identity_provider)

    def get_login_url(self) -> str:
        """Return where a browser signs in that asks for a page.

        Raises:
            HTTPError: the terminal shows how to sign in, or it is no page that is asked for; 401.
        """
        if not self.who.sign_on or not isinstance(self, Page | Front):
            raise HTTPError(401)
        wanted = quote((self.request.uri or "/")[len(self.base_url) - 1 :], safe="")
        return f"{self.who.api_as_seen(self)}/sign-in?next={wanted}"

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Write the page of an error."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        reason, number = "", ""
        if isinstance(error, HTTPError):
            reason = error.reason or ""
        elif isinstance(error, BaseException):
            number = incident(_log, error).details["incident"]
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.finish(pages.wrong(status_code, reason=reason, incident=number, home=self.base_url))

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log what was refused in a line; the rest has an incident number."""
        del typ, tb
        if isinstance(value, HTTPError):
            _log.info("%s %s: %s", value.status_code, self.request.path, value.log_message or "")


class Nowhere(Door):
    """Every address there is not, and every name that is not this machine's."""

    @allow_unauthenticated
    async def prepare(self) -> None:
        """Refuse."""
        raise HTTPError(404 if self.check_host() else 400)


class Front(Door):
    """The address without a path: leads to the home page."""

    def get(self) -> None:
        """Lead to the home page."""
        self.redirect(f"{self.base_url}voila/render/home.ipynb")


class SignOut(Door):
    """Leads to where one signs out: the API, under the name the browser knows this machine by."""

    @allow_unauthenticated
    def get(self) -> None:
        """Lead there."""
        self.redirect(f"{self.who.api_as_seen(self)}/sign-out")


class Health(Door):
    """Whether the process answers."""

    @allow_unauthenticated
    def get(self) -> None:
        """Say so."""
        self.finish({"status": "ok"})


class Page(Door):
    """A page: a notebook, run as the visitor in a kernel of their own, sent as it comes."""

    def initialize(self, voila: Apps) -> None:
        """Keep the server, whose settings the page is made with."""
        self._voila = voila

    async def get(self, name: str) -> None:
        """Send the page."""
        notebook = Path(self._voila.root_dir) / f"{name}.ipynb"
        if not _NAME.fullmatch(name) or not notebook.is_file():
            raise HTTPError(404)
        _ = self.xsrf_token  # sets the cookie that lets the page end its kernel when it is left
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        async for part in rendered(self._voila, self, f"{name}.ipynb"):
            self.write(part)
            await self.flush()


class Kernel(Door, APIHandler):
    """What a page asks about its kernel."""

    auth_resource = "kernels"

    @authorized("read")
    def get(self, kernel_id: str) -> None:
        """Describe the kernel."""
        self.finish(json.dumps(self.kernel_manager.kernel_model(kernel_id), default=str))

    @property
    def content_security_policy(self) -> str:
        """Return what a page may load."""
        return POLICY


class Shutdown(Door):
    """What a page that is left says: its kernel is not needed any more."""

    auth_resource = "kernels"

    @authorized("execute")
    async def post(self, kernel_id: str) -> None:
        """End the kernel."""
        await self.kernel_manager.shutdown_kernel(kernel_id, now=True)
        self.set_status(204)


class Channels(Door, VoilaKernelWebsocketHandler):
    """The line between a page and its kernel; it carries messages of widgets, never code."""


class TemplateFiles(Door, TemplateStaticFileHandler):
    """Files of the template."""

    def parse_url_path(self, url_path: str) -> str:
        """Return the path of a file.

        Raises:
            HTTPError: it is no file of a template; 404.
        """
        parts = url_path.split("/")
        if len(parts) < 3 or parts[1] != "static" or ".." in parts or not _NAME.fullmatch(parts[0]):  # noqa: PLR2004
            raise HTTPError(404)
        return str(super().parse_url_path(url_path))


class StaticFiles(Door, MultiStaticFileHandler):
    """Voila's own scripts and styles."""


class Extensions(Door, FileFindHandler):
    """Files of the extensions that pages may use."""

    def initialize(self, allowed: tuple[str, ...], path: list[str]) -> None:
        """Keep which extensions those are."""
        self._allowed = allowed
        super().initialize(path, no_cache_paths=["/"])

    async def get(self, path: str, include_body: bool = True) -> None:  # noqa: FBT001, FBT002 - tornado's signature
        """Send a file."""
        if ".." in path.split("/") or not any(path.startswith(f"{name}/") for name in self._allowed):
            raise HTTPError(404)
        await StaticFileHandler.get(self, path, include_body)
