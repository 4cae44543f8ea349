"""``bos up --check``: ask every endpoint that can be asked without changing anything, and open every page."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httpx

from bos.serve.apps.pages import MARK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SECONDS = 20.0
PAGE_SECONDS = 90.0
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


def probe_pages(address: str | None, apps_url: str, names: Sequence[str], say: Callable[[str], None]) -> bool:
    """Sign in with the printed address, open every page, say what came, and return whether all was right.

    A page must answer 200 with every one of its cells run; and without a session, 401. Where people sign in at a
    provider there is no such ``address``: a page must lead to it, and what is behind is not seen.
    """
    good = bool(names)
    with httpx.Client(timeout=PAGE_SECONDS, trust_env=False, follow_redirects=False) as client:
        without = HTTPStatus.UNAUTHORIZED if address is not None else HTTPStatus.FOUND
        for name in names:
            good = _page(client, f"{apps_url}/voila/render/{name}.ipynb", without, say) and good
        if address is None:
            say("Every page leads to the sign-on." if good else "Some pages do not; the logs of the home say why.")
            return good
        with suppress(httpx.HTTPError):
            client.get(address)
        for name in names:
            good = _page(client, f"{apps_url}/voila/render/{name}.ipynb", HTTPStatus.OK, say) and good
        with suppress(httpx.HTTPError):
            client.post(str(httpx.URL(address).copy_with(path="/sign-out", query=None)))
    say("Every page opens." if good else "Some pages do not open; the logs of the home say why.")
    return good


def _page(client: httpx.Client, url: str, wanted: int, say: Callable[[str], None]) -> bool:
    begun, status, whole = time.perf_counter(), 0, False
    try:
        answer = client.get(url)
        status = answer.status_code
        whole = status == HTTPStatus.FOUND or (MARK not in answer.text and answer.text.rstrip().endswith("</html>"))
    except httpx.HTTPError:
        pass
    right = status == wanted and whole
    note = (
        " (without a session)"
        if wanted in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FOUND}
        else ""
        if whole
        else " (a cell failed)"
    )
    milliseconds = (time.perf_counter() - begun) * 1000
    say(f"{'ok  ' if right else 'FAIL'} {status or '---'} {milliseconds:7.1f} ms  GET {httpx.URL(url).path}{note}")
    return right


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
