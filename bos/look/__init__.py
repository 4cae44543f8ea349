"""The look: one stylesheet and a few parts for apps, dashboards, packs and error pages."""

from __future__ import annotations

from bos.look.page import css, page

__all__ = ["css", "page"]
