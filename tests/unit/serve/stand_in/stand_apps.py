"""Small apps on an inherited socket: answer ``/healthz``."""

from __future__ import annotations

import http.server
import socket
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/healthz" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        """Stay quiet."""


listener = socket.socket(fileno=int(sys.argv[sys.argv.index("--socket") + 1]))
server = http.server.HTTPServer(listener.getsockname(), Handler, bind_and_activate=False)
server.socket.close()
server.socket = listener
server.serve_forever(0.05)
