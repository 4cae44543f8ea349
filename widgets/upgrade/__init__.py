"""The page by which a flow takes what a newer version of its blueprint brings."""

from __future__ import annotations

from widgets.upgrade.app import UpgradePage

__all__ = ["UpgradePage"]
