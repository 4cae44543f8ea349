"""Answers about people."""

from __future__ import annotations

from bos.model.answers.page import Answer


class Me(Answer):
    """Who the caller is to BOS; ``version`` is that of the server."""

    person: str
    display: str
    roles: tuple[str, ...] = ()
    version: str
