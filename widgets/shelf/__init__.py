"""What the pages of documents that flows share have in common: a list, a form, saving, and being overtaken."""

from __future__ import annotations

from widgets.shelf.app import Shelf
from widgets.shelf.state import Form, State

__all__ = ["Form", "Shelf", "State"]
