"""The HTTP interface: FastAPI routes that only call actions. ``app`` is the one place where parts are wired."""
