"""Confluence Cloud as a sink: a page of a message, with its files; a page that is there already is renewed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from bos.errors import BosError, Invalid, Unavailable
from bos.ports import Finding, Receipt, Wanted
from bos.reads import account, needed, page_address, setting
from bos.wire import OverHttp, answered, exchange, quoted, strange
from connectors.confluence.page import marks, page_id, space_key, storage, title_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import httpx

    from bos.ports import Attachment, Message

PROPERTY = "bos-delivery"
"""The content property of a page that has the keys of the last deliveries it was made or renewed by, whole."""
_GATEWAY = "/ex/confluence/"
_V1, _V2 = "wiki/rest/api", "wiki/api/v2"
_PAGE, _KEYS = 100, 50
_WRONG, _GONE, _STALE, _TOO_LARGE = (400, 422), 404, 409, 413


class Confluence(OverHttp):
    """A site of Confluence Cloud.

    A title is there once in a space, so a page is its title: a message is looked for by it, and a page that is there is
    renewed where BOS made it, and left alone where somebody else did.
    """

    name = "confluence"
    title = "Confluence"
    purpose = "Keeps the weekly review packs as pages of a space."
    schemes = ("https",)
    example = "https://bank.atlassian.net"
    settings = (
        Wanted("space", "The key of the space.", needed=True, example="PAY", reads=space_key),
        Wanted(
            "email",
            "The address of the account whose token it is.",
            needed=True,
            example="bos@bank.example",
            reads=account,
        ),
        Wanted("parent", "The id of the page above; else the top of the space.", example="98304", reads=page_id),
        Wanted(
            "site",
            "Where people open Confluence, if not at the address.",
            example="https://bank.atlassian.net",
            reads=page_address,
        ),
    )
    secrets = (Wanted("token", "An API token of that account.", needed=True),)
    unproven = (
        "It met no Confluence yet, only a double of one; requests to its second interface were checked against "
        "Atlassian's own description, those that upload files against its documentation alone."
    )

    def doctor(self) -> Iterator[Finding]:
        """Look whether Confluence answers, lets BOS in, and shows it the space and the page above."""
        try:
            self._space()
        except BosError as error:
            what = "Space" if isinstance(error, Invalid) else "Answer"
            yield Finding(what, ok=False, words=error.message, hint=error.hint)
            return
        yield Finding("Space", ok=True, words=f"BOS sees the space {self._setting('space')}.")
        if parent := setting(self._target.settings, "parent", page_id):
            response = self._exchange("GET", f"{_V2}/pages/{parent}")
            ok = response.status_code not in {_GONE, *_WRONG}
            hint = "" if ok else "Check the id, and who may see the page."
            yield Finding("Page above", ok=ok, words="It is there." if ok else "BOS sees no such page.", hint=hint)

    def send(self, message: Message, *, key: str) -> Receipt:
        """Make a page of a message, or renew the one of its title.

        Raises:
            Invalid: Confluence never takes it like this, or the title is that of a page that BOS did not make.
            Unavailable: it was not delivered, or nobody can say.
        """
        self._site()  # what is wrong with it is told before anything is made
        space, title = self._space(), title_of(message.title)
        page = self._find(space, title) or self._create(space, title, message, key)
        known = self._known(page)
        body = str(_dict(_dict(page.get("body")).get("storage")).get("value", ""))
        told = known["value"].get("keys") if known else None
        keys = [str(one) for one in told] if isinstance(told, list) else []
        written = marks(body)
        if not known and not written:
            raise Invalid(
                f"The space has a page {title!r} that BOS did not make.",
                hint="Rename that page, or give BOS a space of its own.",
                code="system.exists",
            )
        if key not in keys:
            if key not in written:
                self._renew(page, title, message, key)
            self._attach(page, message.attachments, key)
            # A delivery that broke off before this is in the text of the page alone.
            whole = [*keys, *(one for one in written if one not in {*keys, key}), key]
            self._tell(page, known, {"keys": whole[-_KEYS:]})
        return Receipt(str(page["id"]), self._link(str(page["id"])))

    # What is there already

    def _space(self) -> str:
        key = self._setting("space")
        found = self._all(f"{_V2}/spaces", keys=key)
        for one in found:
            if one.get("key") == key and one.get("id"):
                return str(one["id"])
        raise Invalid(f"Confluence shows BOS no space {key}.", where="space", hint="Check its key, and who may see it.")

    def _find(self, space: str, title: str) -> dict[str, Any] | None:
        asked = {"space-id": space, "title": title, "status": "current", "body-format": "storage"}
        return next(
            (one for one in self._all(f"{_V2}/pages", **asked) if one.get("title") == title and one.get("id")), None
        )

    def _known(self, page: dict[str, Any]) -> dict[str, Any] | None:
        """Return the property by which BOS knows its page."""
        for one in self._all(f"{_V2}/pages/{page['id']}/properties", key=PROPERTY):
            if one.get("key") == PROPERTY and isinstance(one.get("value"), dict):
                return one
        return None

    def _all(self, path: str, **asked: str) -> Iterator[dict[str, Any]]:
        cursor, seen = "", set[str]()
        while True:
            more = {"cursor": cursor} if cursor else {}
            answer = self._ask("GET", path, params={**asked, **more, "limit": str(_PAGE)})
            found = answer.get("results")
            if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
                raise strange(Confluence.title)
            yield from found
            after = str(_dict(answer.get("_links")).get("next") or "")
            if not after:
                return
            cursor = dict(parse_qsl(urlsplit(after).query)).get("cursor", "")
            if not cursor or cursor in seen:
                raise strange(Confluence.title, "gives the same page of a list twice")
            seen.add(cursor)

    # What is made

    def _create(self, space: str, title: str, message: Message, key: str) -> dict[str, Any]:
        asked: dict[str, Any] = {
            "spaceId": space,
            "status": "current",
            "title": title,
            "body": {"representation": "storage", "value": storage(message, key)},
        }
        if parent := setting(self._target.settings, "parent", page_id):
            asked["parentId"] = parent
        response = self._exchange("POST", f"{_V2}/pages", json=asked)
        if response.status_code in _WRONG and "already exists" in self._words(response):
            # Made meanwhile, or not shown to BOS.
            if (page := self._find(space, title)) is not None:
                return page
            raise Invalid(
                f"The space has a page {title!r} that BOS may not see.",
                hint="Look into the archive and the trash of the space, and at who may see the page.",
                code="system.exists",
            )
        page = self._read(response)
        if not page.get("id"):
            raise strange(Confluence.title, "does not say what it created")
        return {**page, "body": {"storage": asked["body"]}}

    def _renew(self, page: dict[str, Any], title: str, message: Message, key: str) -> None:
        number = _number(page) + 1
        asked = {
            "id": str(page["id"]),
            "status": "current",
            "title": title,
            "body": {"representation": "storage", "value": storage(message, key)},
            "version": {"number": number, "message": "Renewed by BOS."},
        }
        if str(self._ask("PUT", f"{_V2}/pages/{page['id']}", json=asked).get("id")) != str(page["id"]):
            raise strange(Confluence.title)

    def _attach(self, page: dict[str, Any], files: Sequence[Attachment], key: str) -> None:
        """Upload the files, each of which says of which delivery it is; one that is there already is left."""
        comment = f"BOS {key}"
        there = self._all(f"{_V2}/pages/{page['id']}/attachments") if files else ()
        done = {one.get("title") for one in there if one.get("comment") == comment}
        for file in files:
            if file.name in done:
                continue
            response = self._exchange(
                "PUT",
                f"{_V1}/content/{page['id']}/child/attachment",
                files={"file": (file.name, file.content, file.media_type)},
                data={"comment": comment, "minorEdit": "true"},
                headers={"X-Atlassian-Token": "nocheck"},
            )
            if response.status_code == _TOO_LARGE:
                raise Invalid(
                    f"The file {file.name} is larger than Confluence takes.",
                    hint="The page is there without it. Send a smaller file, or have the limit of Confluence raised.",
                    code="system.too-large",
                )
            told = self._read(response).get("results")
            if not isinstance(told, list) or not any(isinstance(_dict(one).get("title"), str) for one in told):
                raise strange(Confluence.title, "does not say what it attached")

    def _tell(self, page: dict[str, Any], known: dict[str, Any] | None, value: dict[str, Any]) -> None:
        asked: dict[str, Any] = {"key": PROPERTY, "value": value}
        path = f"{_V2}/pages/{page['id']}/properties"
        method = "POST"
        if known is not None:
            asked["version"] = {"number": _number(known) + 1}
            method, path = "PUT", f"{path}/{known['id']}"
        if self._ask(method, path, json=asked).get("key") != PROPERTY:
            raise strange(Confluence.title)

    # The way there

    def _setting(self, name: str) -> str:
        return needed(self._target.settings, name, {"space": space_key, "email": account}[name])

    def _link(self, page: str) -> str:
        site = self._site()
        return f"{site}/wiki/pages/viewpage.action?pageId={page}" if site else ""

    def _site(self) -> str:
        """Return where people open Confluence, if that is known. Raises Invalid where the setting cannot be read."""
        address = self._target.address
        site = setting(self._target.settings, "site", page_address)
        return site or ("" if _GATEWAY in address else address.rstrip("/"))

    def _ask(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        return self._read(self._exchange(method, path, **content))

    def _exchange(self, method: str, path: str, **content: Any) -> httpx.Response:
        client = self._client()
        return exchange(client, client.build_request(method, path, **content), self.title)

    def _sign(self, client: httpx.Client) -> None:
        client.auth = (self._setting("email"), self._target.secret("token") or "")
        client.headers["Accept"] = "application/json"

    def _read(self, response: httpx.Response) -> dict[str, Any]:
        """Return an answer; what Confluence says against a request is told in its words."""
        if response.status_code in _WRONG:
            words = self._words(response)
            raise Invalid("Confluence does not take this.", hint=f"It says: {words}", code="system.content")
        if response.status_code == _STALE:
            raise Unavailable("Somebody else changed the page at the same time.", hint="Try again.", code="system.busy")
        answered(response, self.title)
        try:
            told = response.json()
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise strange(Confluence.title)
        return told

    def _words(self, response: httpx.Response) -> str:
        """Return what is said of a refusal, in either of the two shapes of the two interfaces."""
        try:
            told = response.json()
        except ValueError:
            told = None
        errors = _dict(told).get("errors")
        words = [str(_dict(told).get("message") or "")]
        for one in errors if isinstance(errors, list) else ():
            words += [str(one.get("title") or ""), str(one.get("detail") or "")] if isinstance(one, dict) else []
        return quoted(" ".join(words).strip() or "nothing", self._target.secret("token"))


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(versioned: dict[str, Any]) -> int:
    number = _dict(versioned.get("version")).get("number")
    if not isinstance(number, int):
        raise strange(Confluence.title)
    return number
