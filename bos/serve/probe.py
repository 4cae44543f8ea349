"""``bos up --check``: ask every endpoint that can be asked without changing anything."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECONDS = 20.0
OPEN = ("/healthz", "/readyz", "/metrics", "/api/docs", "/api/openapi.json")
_ABSENT = "bos-check-absent"


@dataclass(frozen=True, slots=True)
class Probe:
    """One question: ``path`` is asked with or without the token; ``accept`` says which statuses are right."""

    path: str
    shown: str
    accept: Callable[[int], bool]
    token: bool = True


def probe(url: str, token: str, say: Callable[[str], None]) -> bool:
    """Ask every endpoint of the server at ``url``, say what came, and return whether all was right.

    An endpoint without parameters must answer below 400; one that names a thing that is absent, below 500; and
    without the token, 401.
    """
    good = True
    with httpx.Client(base_url=url, timeout=SECONDS) as client:
        for each in _probes(_paths(client, token)):
            begun = time.perf_counter()
            status = _ask(client, each, token)
            right = each.accept(status)
            good = good and right
            milliseconds = (time.perf_counter() - begun) * 1000
            say(f"{'ok  ' if right else 'FAIL'} {status or '---'} {milliseconds:7.1f} ms  GET {each.shown}")
    say("Every endpoint answers." if good else "Some endpoints fail; the logs of the home say why.")
    return good


def _paths(client: httpx.Client, token: str) -> dict[str, Any]:
    try:
        document = client.get("/api/openapi.json", headers=_bearer(token)).raise_for_status()
        return dict(document.json()["paths"])
    except (httpx.HTTPError, ValueError, KeyError):
        return {}


def _probes(paths: dict[str, Any]) -> Iterator[Probe]:
    for path in OPEN:
        yield Probe(path, path, _done)
    plain = None
    for path, operations in sorted(paths.items()):
        get = operations.get("get")
        if get is None or path in OPEN:
            continue
        shared = [*operations.get("parameters", []), *get.get("parameters", [])]
        if any(parameter.get("required") for parameter in shared) or "{" in path:
            yield Probe(re.sub(r"{[^}]*}", _ABSENT, path), path, _answered)
        else:
            plain = path
            yield Probe(path, path, _done)
    if plain is not None:
        yield Probe(plain, f"{plain} (without a token)", _refused, token=False)


def _done(status: int) -> bool:
    return 200 <= status < 400  # noqa: PLR2004 - HTTP's classes


def _answered(status: int) -> bool:
    return 200 <= status < 500  # noqa: PLR2004 - HTTP's classes


def _refused(status: int) -> bool:
    return status == httpx.codes.UNAUTHORIZED


def _ask(client: httpx.Client, each: Probe, token: str) -> int:
    """Return the status, or 0 when no answer came; a body without end is not read."""
    try:
        with client.stream("GET", each.path, headers=_bearer(token) if each.token else {}) as answer:
            return answer.status_code
    except httpx.HTTPError:
        return 0


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
