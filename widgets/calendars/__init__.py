"""The page on which calendars are seen, made and changed."""

from __future__ import annotations

from widgets.calendars.app import Calendars

__all__ = ["Calendars"]
