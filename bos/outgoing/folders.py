"""Which folders of this machine BOS may take files from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bos.errors import Forbidden, Invalid, Unavailable, UsageError

_SETTING = "BOS_INCOMING_FOLDERS"


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders an operator allows, with all that is below them; none where nothing is said."""

    roots: tuple[Path, ...] = ()

    @classmethod
    def of(cls, setting: str | None) -> Folders:
        """Return what a setting allows: absolute paths, separated by commas.

        Raises:
            UsageError: one of them is not absolute.
        """
        roots = tuple(Path(part.strip()) for part in (setting or "").split(",") if part.strip())
        for root in roots:
            if not root.is_absolute() or root == Path("/"):
                raise UsageError(f"{root} is no folder to allow.", where=_SETTING, hint="Write absolute paths.")
        return cls(roots)

    def real(self, address: str) -> Path:
        """Return the folder of a ``file`` address, as it is once every link on the way was followed.

        Raises:
            Invalid: the address is none of a folder of this machine.
            Forbidden: the operator does not allow it, or a link leads out of what is allowed (``incoming``).
            Unavailable: it is not there.
        """
        parts = urlsplit(address)
        path = Path(unquote(parts.path))
        if parts.scheme != "file" or parts.netloc not in {"", "localhost"} or not path.is_absolute():
            raise Invalid(
                "The address is no folder of this machine.", where="address", hint="Write file:///absolute/path."
            )
        found = path.resolve()
        if not any(found.is_relative_to(root.resolve()) for root in self.roots):
            raise Forbidden(
                "BOS may not read this folder.",
                hint=f"Whoever operates BOS adds it to {_SETTING}; a link must not lead out of what is allowed.",
                code="incoming",
            )
        if not found.is_dir():
            hint = "Check the address, and whether the disk is mounted."
            raise Unavailable("The folder is not there.", hint=hint, code="system.silent")
        return found
