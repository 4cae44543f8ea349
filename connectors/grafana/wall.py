"""Dashboards of BOS in a folder of a Grafana, by the newest of its APIs; what somebody changed there stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from bos.errors import Conflict, Invalid
from bos.ports import Placed
from bos.wire import json_of, strange, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

    from bos.ports import Board, Target

TITLE = "Grafana"
_ABSENT, _TAKEN, _WRONG = 404, (409, 412), (400, 404, 422)
_GROUP = "apis/dashboard.grafana.app"
_FOLDER, _MESSAGE, _BY, _MANAGED = (f"grafana.app/{name}" for name in ("folder", "message", "updatedBy", "managedBy"))


class Wall:
    """The folder that a connection names, or the general one."""

    def __init__(self, client: httpx.Client, target: Target) -> None:
        self._client, self._target = client, target

    def place(self, board: Board, *, known: str, key: str, overwrite: bool) -> Placed:
        """Put a dashboard into the folder; one that somebody changed there since ``known`` stays, unless told.

        Raises:
            Conflict: it was changed in Grafana (``drift``); details say by whom, when, and which version it has.
            Invalid: Grafana cannot take it, or manages it from files. Unavailable: it does not answer.
        """
        said = f"{board.message} [bos:{key}]"
        door = self.door()
        if door:
            return self._place(door, board, said, known, overwrite=overwrite)
        return self._place_classic(board, said, known, overwrite=overwrite)

    def door(self) -> str:
        """Return the version of the API for dashboards that is there: v2, v1, or none."""
        response = self._client.get(f"{_GROUP}/")
        if response.status_code == _ABSENT:
            return ""
        found = json_of(response, TITLE)
        offered = found.get("versions", []) if isinstance(found, dict) else []
        versions = {one.get("version") for one in offered if isinstance(one, dict)}
        return next((name for name in ("v2", "v1") if name in versions), "")

    def _place(self, door: str, board: Board, said: str, known: str, *, overwrite: bool) -> Placed:
        space = self._target.settings.get("namespace", "default")
        path = f"{_GROUP}/{door}/namespaces/{quote(space, safe='')}/dashboards"
        own = board.content["spec"] if door == "v2" else {**board.content, "id": None}
        metadata: dict[str, Any] = {"name": board.name, "annotations": {_MESSAGE: said}}
        if folder := self._target.settings.get("folder"):
            metadata["annotations"][_FOLDER] = folder
        body = {"apiVersion": f"dashboard.grafana.app/{door}", "kind": "Dashboard", "metadata": metadata, "spec": own}
        response = self._client.get(f"{path}/{board.name}")
        if response.status_code == _ABSENT:
            return self._placed(self._client.post(path, json=body), board)
        live = json_of(response, TITLE)
        there = _metadata(live)
        notes = there.get("annotations") or {}
        version, mine = _version(there), notes.get(_MESSAGE) == said
        if mine:
            return Placed(version, self._link(f"/d/{board.name}"))
        if notes.get(_MANAGED):
            raise _managed()
        if version != known and not overwrite:
            raise _drift(version, str(notes.get(_BY, "")), str(notes.get("grafana.app/updatedTimestamp", "")))
        metadata["resourceVersion"] = there.get("resourceVersion")
        return self._placed(self._client.put(f"{path}/{board.name}", json=body), board)

    def _placed(self, response: httpx.Response, board: Board) -> Placed:
        _took(response)
        return Placed(_version(_metadata(json_of(response, TITLE))), self._link(f"/d/{board.name}"))

    def _place_classic(self, board: Board, said: str, known: str, *, overwrite: bool) -> Placed:
        response = self._client.get(f"api/dashboards/uid/{board.name}")
        own: dict[str, Any] = {**board.content, "id": None, "uid": board.name, "version": 0}
        if response.status_code != _ABSENT:
            live = json_of(response, TITLE)
            try:
                meta, version = live["meta"], str(live["dashboard"]["version"])
            except (KeyError, TypeError):
                raise strange(TITLE) from None
            if version != known:
                if self._last_message(board.name) == said:
                    return Placed(version, self._link(str(meta.get("url", ""))))
                if not overwrite:
                    raise _drift(version, str(meta.get("updatedBy", "")), str(meta.get("updated", "")))
            if meta.get("provisioned"):
                raise _managed()
            own["version"] = int(version)
        body = {"dashboard": own, "message": said, "overwrite": overwrite}
        if folder := self._target.settings.get("folder"):
            body["folderUid"] = folder
        response = self._client.post("api/dashboards/db", json=body)
        _took(response)
        found = json_of(response, TITLE)
        if not isinstance(found, dict) or "version" not in found:
            raise strange(TITLE)
        return Placed(str(found["version"]), self._link(str(found.get("url", ""))))

    def _last_message(self, uid: str) -> str:
        found = json_of(self._client.get(f"api/dashboards/uid/{uid}/versions", params={"limit": "1"}), TITLE)
        rows = found.get("versions", []) if isinstance(found, dict) else found
        return str(rows[0].get("message", "")) if rows else ""

    def _link(self, path: str) -> str:
        """Return the address of a page; Grafana's own paths have the one it is served under."""
        parts = urlsplit(self._target.address)
        below = parts.path.rstrip("/")
        return f"{parts.scheme}://{parts.netloc}{path if path.startswith(f'{below}/') else below + path}"


def _took(response: httpx.Response) -> None:
    """Raise what Grafana says against a dashboard."""
    if response.status_code in _TAKEN:
        raise _drift("", "", "", words_of(response))
    if response.status_code in _WRONG:
        raise Invalid(
            "Grafana cannot take this dashboard.", hint=f"It says: {words_of(response)}"[:500], code="dashboard"
        )


def _drift(version: str, by: str, at: str, words: str = "") -> Conflict:
    who = f" by {by}" if by else ""
    return Conflict(
        f"The dashboard was changed in Grafana{who}, and was left as it is.",
        hint=f"{f'It says: {words} ' if words else ''}Look at it there; publish with overwrite to replace it."[:500],
        code="drift",
        details={"version": version, "by": by, "at": at},
    )


def _managed() -> Invalid:
    return Invalid(
        "Grafana manages this dashboard from files or another tool, so BOS cannot change it.",
        hint="Change it where it comes from, or take it out there.",
        code="dashboard",
    )


def _metadata(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict) or not isinstance(found.get("metadata"), dict):
        raise strange(TITLE)
    return found["metadata"]  # type: ignore[no-any-return] # looked at above


def _version(metadata: Mapping[str, Any]) -> str:
    """Return what changes whenever a dashboard does."""
    return str(metadata.get("generation") or metadata.get("resourceVersion") or "")
