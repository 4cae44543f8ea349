"""The server of the apps: Voila, standalone, on a socket that is open already, with our addresses and no others."""

from __future__ import annotations

import asyncio
import logging
import re
import shutil
import signal
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_core.paths import jupyter_path
from tornado.httpserver import HTTPServer
from tornado.web import Application
from traitlets import List, Unicode
from voila.app import Voila

from bos.serve.apps import handlers
from bos.serve.apps.config import EXTENSIONS, MESSAGE_BYTES
from bos.sockets import KERNEL_BYTES, private_folder

if TYPE_CHECKING:
    import socket

    from traitlets.config import Config

TEMPLATES = Path(__file__).parent / "templates"
"""A folder as ``JUPYTER_PATH`` names them: ``voila/templates/bos`` is below it."""
THIS_MACHINE = r"(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$"
"""The host names the apps answer under."""
_KERNEL = r"(?P<kernel_id>\w+-\w+-\w+-\w+-\w+)"


class Apps(Voila):
    """Serves the notebooks of one folder. ``run`` stays until a signal asks to stop."""

    name = "voila"  # by which Voila's parts find their settings
    config_file_paths = List(Unicode(), [])
    public_host = Unicode("", config=True, help="The host name by which browsers of other machines come.")
    tls_certificate = Unicode("", config=True, help="File of the certificate for them.")
    tls_key = Unicode("", config=True, help="File of its private key.")

    def __init__(self, *, config: Config, **kwargs: Any) -> None:
        super().__init__(config=config, **kwargs)
        self.initialize([])

    def load_config_file(self, *names: Any, **places: Any) -> None:
        """Read nothing: a file in a folder of the machine must not change what is closed here."""

    def init_handlers(self) -> list[Any]:
        """Return the addresses there are."""
        here = {"voila": self}
        files = {"path": [*self.labextensions_path, *jupyter_path("labextensions")], "allowed": EXTENSIONS}
        found = [
            (r"/", handlers.Front),
            (r"/sign-out", handlers.SignOut),
            (r"/healthz", handlers.Health),
            (r"/voila/render/(?P<name>[^/]+)\.ipynb", handlers.Page, here),
            (rf"/api/kernels/{_KERNEL}", handlers.Kernel),
            (rf"/api/kernels/{_KERNEL}/channels", handlers.Channels),
            (rf"/voila/api/shutdown/{_KERNEL}", handlers.Shutdown),
            (r"/voila/templates/(.*)", handlers.TemplateFiles),
            (r"/voila/static/(.*)", handlers.StaticFiles, {"paths": self.static_paths}),
            (r"/voila/labextensions/(.*)", handlers.Extensions, files),
        ]
        prefix = re.escape(self.base_url.rstrip("/"))
        own = [(r"/healthz", handlers.Health)] if prefix else []  # asked for by what runs here, whatever the path
        return own + [(f"{prefix}{path}", *rest) for path, *rest in found]

    def run(self, listener: socket.socket, public: socket.socket | None = None) -> None:
        """Serve on a listening socket, and by TLS on ``public``, until SIGTERM or SIGINT; every kernel has ended."""
        self.connection_dir = str(private_folder(KERNEL_BYTES))
        try:
            asyncio.run(self._serve(listener, public))
        finally:
            shutil.rmtree(self.connection_dir, ignore_errors=True)

    async def _serve(self, listener: socket.socket, public: socket.socket | None) -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        settings = self.init_settings() | {
            "allow_remote_access": False,
            "local_hostnames": ["localhost", *([self.public_host] if self.public_host else [])],
            "xsrf_cookie_kwargs": {"secure": public is not None},
            "websocket_max_message_size": MESSAGE_BYTES,
            "default_handler_class": handlers.Nowhere,
            "allow_unauthenticated_access": False,
            "log_function": _log_request,
            "server_root_dir": self.root_dir,
        }
        self.app = Application(**settings)
        for name in (THIS_MACHINE, *([f"{re.escape(self.public_host)}$"] if self.public_host else [])):
            self.app.add_handlers(name, self.init_handlers())
        servers = [self._listening(HTTPServer(self.app), listener)]
        if public is not None:
            servers.append(self._listening(HTTPServer(self.app, ssl_options=self._tls()), public))
        self.kernel_manager.fill()
        await stop.wait()
        for server in servers:
            server.stop()
        await self.kernel_manager.shutdown_all(now=True)
        for server in servers:
            await server.close_all_connections()

    def _listening(self, server: HTTPServer, listener: socket.socket) -> HTTPServer:
        listener.setblocking(False)
        server.add_sockets([listener])
        return server

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.tls_certificate, self.tls_key or None)
        return context


def _log_request(handler: Any) -> None:
    """Log a request without its query, which may name what is nobody else's business."""
    request = handler.request
    fields = {
        "method": request.method,
        "path": request.path,
        "status": handler.get_status(),
        "ms": round(request.request_time() * 1000, 2),
    }
    logging.getLogger("bos.apps").info("request", extra={"fields": fields})
