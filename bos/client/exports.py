"""Exported files: their bytes, and what is to be known of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bos.errors import UsageError
from bos.model.answers.exports import ExportNotes

if TYPE_CHECKING:
    from bos.client.transport import Calls


@dataclass(frozen=True, slots=True)
class Exported:
    """A file. ``notes`` say what it carries, what it is marked with, and what it cannot carry."""

    content: bytes
    notes: ExportNotes

    def __repr__(self) -> str:
        """Return what this is."""
        left = len(self.notes.not_carried)
        return f"<export {self.notes.file}: {len(self.content):,} bytes, {left} not carried: .notes, .write(path)>"

    def write(self, path: Path | str = ".") -> Path:
        """Write the file, into a folder under its own name; return where it is. Raises UsageError: it cannot be."""
        own = Path(path)
        own = own / self.notes.file if own.is_dir() else own
        try:
            own.write_bytes(self.content)
        except OSError as error:
            raise UsageError(f"The file cannot be written: {error.strerror}.", where=str(own)) from error
        return own


def export(calls: Calls, address: str) -> Exported:
    """Return the file at an address, and its notes."""
    return Exported(calls.send("GET", address), calls.ask(ExportNotes, "GET", f"{address}/notes"))
