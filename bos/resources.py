"""The files BOS ships beside its code: blueprints and sample data, notebooks, apps."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from bos.errors import Internal

_PACKAGE = Path(__file__).parent


def share(name: Literal["data", "notebooks", "voila_apps"]) -> Path:
    """Return the folder of shipped ``name``: inside the installed package, or at the top of a checkout.

    Raises:
        Internal: the installation is not whole.
    """
    for folder in (_PACKAGE / "_share" / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise Internal(f"The shipped folder {name} is missing.", where=str(_PACKAGE), hint="Install BOS again.")
