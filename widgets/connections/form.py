"""The form of a connection, made of what its connector wants: what was typed, what is wrong, the document it says."""

from __future__ import annotations

import copy
import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, get_args
from urllib.parse import urlsplit

from bos.model.answers.connections import ConnectorAnswer, Want
from bos.model.connection import Told, origin_of
from bos.model.document import LONGEST_REASON, unstorable
from widgets.connections.messages import TEXT, say
from widgets.shelf import Form

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bos.model.answers.connections import SecretRow
    from bos.model.answers.documents import DocumentAnswer

KINDS: tuple[str, ...] = get_args(Told)
NUMBERS = {"timeout_seconds": (1, 600, 30), "delay_seconds": (0, 86_400, 120), "at_once": (1, 20, 2)}
"""Fields that are whole numbers: least, most, and what holds where nothing is said."""
TEXTS = {"title": 200, "id": 63, "description": 10_000, "owner": 63, "address": 500, "why": LONGEST_REASON}
"""Fields that are texts, and how long each may be."""
PARTS = (*TEXTS, *NUMBERS, "pull_every", "flow")
OF_ANY = ("title", "id", "description", "owner", "why")
"""Fields that a connection to any system has: they stay when another one is chosen."""
LONGEST_SETTING, LONGEST_SECRET = 200, 20_000
_AREAS = frozenset({"description", "why"})
_CALLED = {"title": "name", "why": "why_label"}
_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_SPAN = re.compile(r"[1-9][0-9]{0,3} (minute|hour|day|week)s?")


@dataclass
class ConnectionForm(Form):
    """A connection that is made or changed; without a ``connector`` the system is not chosen yet.

    ``place`` names the form in the names of its fields, ``flows`` are those the person sees (id → title), ``taken`` the
    ids of all connections. ``told`` are the flows the system hears of, and of what; ``given`` the secrets it has. What
    was typed as a secret is in ``secrets`` alone, and nothing shows it.
    """

    kind: str = "connection"
    unchanged: str = TEXT["unchanged"]
    connector: ConnectorAnswer | None = None
    place: str = ""
    flows: Mapping[str, str] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()
    given: Mapping[str, SecretRow] = field(default_factory=dict)
    told: dict[str, list[str]] = field(default_factory=dict)
    enabled: bool = True
    secrets: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def prefix(self) -> str:
        """How the names of the fields begin; saving a new connection changes none of them."""
        return f"connection[{self.place}]."

    @property
    def spoken(self) -> ConnectorAnswer:
        """The connector of the form."""
        if self.connector is None:
            raise LookupError(self.place)
        return self.connector

    @property
    def settings(self) -> tuple[Want, ...]:
        """What can be set: what the connector wants, then what the document has besides."""
        had = self.base.document["settings"] if self.base else {}
        known = {want.name for want in self.spoken.settings}
        more = (Want(name=name, help=TEXT["setting_unknown"], needed=False, label=name) for name in had)
        return (*self.spoken.settings, *(want for want in more if want.name not in known))

    @property
    def origin(self) -> str:
        """Whom secrets are sent to by the address as it is typed; empty where that is none."""
        return _origin(self.value("address"))

    @property
    def moves(self) -> bool:
        """Whether the address leads to another system than the one that secrets were given for."""
        return self.base is not None and self.origin != _origin(self.base.document["address"])

    @property
    def reaches(self) -> bool:
        """Whether saving it lets BOS use an address that it did not use before."""
        before = self.base.document if self.base else None
        fresh = before is None or not before["enabled"] or before["address"] != self.value("address")
        return self.enabled and fresh

    def good(self, name: str) -> SecretRow | None:
        """Return a secret that was given and is good for the address as it is typed."""
        row = self.given.get(name)
        return row if row is not None and row.good and not self.moves else None

    def take(self, name: str, typed: Any) -> bool:
        """Take what was typed; settings, secrets and flows have fields of their own."""
        part, _, rest = name.partition(".")
        if self.connector is None:
            return False
        if part == "secrets" and rest in {want.name for want in self.spoken.secrets}:
            self.secrets[rest] = str(typed or "")
        elif part == "tells" and rest in self.told and isinstance(typed, list):
            self.told[rest] = [kind for kind in KINDS if kind in typed]
        elif name == "enabled" and isinstance(typed, list):
            self.enabled = bool(typed)
        elif name in PARTS or (part == "settings" and rest in {want.name for want in self.settings}):
            self.values[name] = str(typed or "")
        else:
            return False
        return True

    def shown(self, name: str) -> Any:
        """Return what a field shows, as the browser has it; nothing where the form has no such field, or a secret."""
        part, _, rest = name.partition(".")
        if part == "tells":
            return self.told.get(rest)
        if name == "enabled":
            return ["yes"] if self.enabled else []
        return self.values.get(name)

    def tell(self, flow: str) -> None:
        """Add a flow that the system hears of."""
        if flow in self.flows:
            self.told.setdefault(flow, ["kpi.state"])
        self.values["flow"] = ""

    def untell(self, flow: str) -> None:
        """Let the system hear of a flow no more."""
        self.told.pop(flow, None)
        self.errors.pop(f"tells.{flow}", None)

    def rebase(self, before: Self, now: Self) -> None:
        """Stand on what is live now; what the system is told is one value."""
        if self.told == before.told:
            self.told = now.told
        if self.enabled == before.enabled:
            self.enabled = now.enabled
        self.given = now.given
        super().rebase(before, now)

    def check(self) -> bool:
        """Note everything that is wrong; a secret that was typed is a change."""
        good = super().check()
        if not good and self.errors == {"why": self.unchanged} and self.giving():
            self.errors = {}
        return not self.errors

    def arrange(self) -> None:
        """Put what is wrong into the order of the page."""
        wanted = [*(f"settings.{one.name}" for one in self.settings), *(f"secrets.{one}" for one in self.secrets)]
        told = (f"tells.{flow}" for flow in self.told)
        texts = (name for name in TEXTS if name != "why")
        order = (*texts, *wanted, *told, "pull_every", *NUMBERS, "why", *self.errors)
        self.errors = {name: self.errors[name] for name in order if name in self.errors}

    def giving(self) -> tuple[str, ...]:
        """Return the names of the secrets that were typed."""
        return tuple(name for name, typed in self.secrets.items() if typed)

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Yield what is wrong, in the order of the page; what only the server knows comes later."""
        yield from self._wrong_texts("title", "id", "description")
        yield from self._wrong_address()
        for want in self.settings:
            typed = self.values.get(f"settings.{want.name}", "")
            if words := _wrong_setting(want, typed, needed=self.asks(want)):
                yield f"settings.{want.name}", words
        yield from self._wrong_secrets()
        yield from ((f"tells.{flow}", TEXT["told_nothing"]) for flow, kinds in self.told.items() if not kinds)
        if self.value("pull_every") and not _SPAN.fullmatch(self.value("pull_every")):
            yield "pull_every", TEXT["span_wrong"]
        for name, (least, most, _) in NUMBERS.items():
            typed = self.value(name)
            if not re.fullmatch(r"[0-9]{1,6}", typed) or not least <= int(typed) <= most:
                yield name, say("number_wrong", least=least, most=f"{most:,}")
        yield from self._wrong_texts("why")

    def _wrong_texts(self, *names: str) -> Iterator[tuple[str, str]]:
        for name in names:
            typed = self.value(name)
            if not typed and name in {"title", "why"}:
                yield name, TEXT[f"{name}_missing"]
            elif words := _unkept(typed, TEXTS[name], TEXT[_CALLED.get(name, name)], lines=name in _AREAS):
                yield name, words
            elif name == "id" and typed and not _SLUG.fullmatch(typed):
                yield name, TEXT["id_wrong"]
            elif name == "id" and typed in self.taken:
                yield name, say("id_taken", id=typed)

    def _wrong_address(self) -> Iterator[tuple[str, str]]:
        typed, schemes = self.value("address"), self.spoken.schemes
        begin = " or ".join(f"{scheme}://" for scheme in schemes)
        if not typed:
            yield "address", say("address_missing", begin=begin)
        elif words := _unkept(typed, TEXTS["address"], TEXT["address"]):
            yield "address", words
        elif schemes and typed.partition("://")[0] not in schemes:
            yield "address", say("address_scheme", begin=begin)
        elif "@" in typed:
            yield "address", TEXT["address_user"]
        elif re.search(r"\s", typed) or not self.origin:
            yield "address", TEXT["address_wrong"]

    def _wrong_secrets(self) -> Iterator[tuple[str, str]]:
        for want in self.spoken.secrets:
            typed = self.secrets.get(want.name, "")
            if len(typed) > LONGEST_SECRET or any(unicodedata.category(one) == "Cc" for one in typed):
                yield f"secrets.{want.name}", TEXT["secret_wrong"]
            elif self.asks(want) and not typed and self.reaches and not self.good(want.name):
                yield f"secrets.{want.name}", say("secret_missing", what=_within(want.label))

    def asks(self, want: Want) -> bool:
        """Return whether a setting or a secret is needed beside what is typed."""
        typed = {one.name: self.value(f"settings.{one.name}") or one.default for one in self.settings}
        return want.asked(
            typed, {one.name for one in self.spoken.secrets if self.secrets.get(one.name) or self.good(one.name)}
        )

    def document(self) -> dict[str, Any]:
        """Return the connection as the form has it."""
        document = copy.deepcopy(self.base.document) if self.base else {"tags": []}
        texts = {name: self.value(name) for name in ("title", "description", "owner", "address")}
        settings = {want.name: self.value(f"settings.{want.name}") for want in self.settings}
        numbers = {name: int(typed) if (typed := self.value(name)).isdecimal() else typed for name in NUMBERS}
        return {
            **document,
            **texts,
            **numbers,
            "connector": self.spoken.name,
            "settings": {name: typed for name, typed in settings.items() if typed},
            "tells": {flow: list(kinds) for flow, kinds in self.told.items()},
            "pull_every": self.value("pull_every") or None,
            "enabled": self.enabled,
        }


def filled(base: DocumentAnswer | None, connector: ConnectorAnswer | None) -> ConnectionForm:
    """Return a form that shows what is live; of a new connection over a connector where there is nothing yet."""
    form = ConnectionForm(base, connector=connector)
    form.values = {"owner": "sre", **{name: str(usual) for name, (_, _, usual) in NUMBERS.items()}}
    if base is None:
        form.place = f"+{connector.name}" if connector else ""
        return form
    document, form.place = base.document, base.id
    form.values |= {name: str(document[name]) for name in ("title", "description", "owner", "address", *NUMBERS)}
    form.values |= {f"settings.{name}": value for name, value in document["settings"].items()}
    form.values["pull_every"] = document["pull_every"] or ""
    form.told = {flow: list(kinds) for flow, kinds in document["tells"].items()}
    form.enabled = document["enabled"]
    return form


def instead(form: ConnectionForm, connector: ConnectorAnswer | None) -> ConnectionForm:
    """Return a form of a new connection over another connector, or none yet, with what is of any system."""
    other = filled(None, connector)
    other.values |= {name: form.values[name] for name in OF_ANY if name in form.values}
    return other


def absent(name: str) -> ConnectorAnswer:
    """Return what is known of a connector that is not installed: its name."""
    nothing: dict[str, Any] = {"schemes": (), "settings": (), "secrets": (), "unproven": ""}
    return ConnectorAnswer(name=name, title=name, reads=False, tells=False, **nothing)


def _origin(address: str) -> str:
    """Return whom secrets are sent to by an address, a folder as it is; empty where it names no place."""
    try:
        named = urlsplit(address).hostname is not None
        return origin_of(address) if named else address if address.startswith("file:///") else ""
    except ValueError:
        return ""


def _unkept(typed: str, longest: int, what: str, *, lines: bool = False) -> str:
    """Return why a text cannot be kept, or nothing; ``what`` is what its field is called."""
    if len(typed) > longest:
        return say("too_long", what=what, most=f"{longest:,}", n=f"{len(typed):,}")
    if not lines and re.search(r"[\n\t\r]", typed):
        return say("one_line", what=_within(what))
    reason = unstorable(typed)
    return say("unstorable", what=what, reason=reason) if reason else ""


def _within(label: str) -> str:
    """Return what a field is called as it stands within a sentence."""
    return label if label[1:2].isupper() else f"{label[:1].lower()}{label[1:]}"


def _wrong_setting(want: Want, typed: str, *, needed: bool) -> str:
    typed = typed.strip()
    if not typed:
        return say("setting_missing", what=_within(want.label)) if needed else ""
    if want.kind == "number" and not (typed.isascii() and typed.isdigit()):
        return say("digits", example=want.example or want.default or "60")
    if want.choices and typed not in want.choices:
        return say("choose", choices=", ".join(want.choices))
    return _unkept(typed, LONGEST_SETTING, want.label)
