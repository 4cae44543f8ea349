"""Examples of what is answered about holidays."""

from __future__ import annotations

from typing import Any

EXAMPLES: dict[str, dict[str, Any]] = {
    "HolidaySource": {"code": "XFED", "title": "Federal Reserve", "kind": "market", "parts": []},
    "Holiday": {"day": "2026-12-25", "name": "Christmas Day"},
}
