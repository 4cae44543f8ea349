"""Connections as data: from what BOS knows to a view, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bos.model.moments import instant
from widgets.connections.messages import TEXT, say
from widgets.surface import parts
from widgets.surface.page import page

if TYPE_CHECKING:
    from datetime import datetime

    from bos.model.answers.connections import ConnectionHealth, ConnectorAnswer, Diagnosis, SecretRow
    from bos.model.answers.deliveries import Delivery
    from bos.model.answers.people import SessionAnswer
    from widgets.surface.parts import Element

WHY, WHICH, SECRET = "why", "which", "secret"
_SHAPES = {"well": "ok", "failing": "warning", "paused": "breach", "absent": "breach"}
_WORST = ("absent", "paused", "failing", "untried", "off", "well")


@dataclass
class State:
    """All that the page is made of.

    ``found`` is what the last test found. ``giving`` is the connection whose secrets are open, ``given`` are those it
    has. ``deciding`` is the dead letter somebody is about to decide, and how. ``secret`` is what was typed; no view
    has it.
    """

    health: tuple[ConnectionHealth, ...] = ()
    connectors: dict[str, ConnectorAnswer] = field(default_factory=dict)
    letters: tuple[Delivery, ...] = ()
    session: SessionAnswer | None = None
    found: Diagnosis | None = None
    giving: str = ""
    given: tuple[SecretRow, ...] = ()
    which: str = ""
    secret: str = field(default="", repr=False)
    deciding: tuple[str, int] = ("", 0)
    why: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    told: str = ""
    wrong: str = ""
    focus: int = 0
    ack: int = 0
    forgot: int = 0

    def may(self, right: str) -> bool:
        """Return whether the person may do something somewhere; the server decides where."""
        return self.session is not None and right in self.session.may

    def of(self, connection: str) -> ConnectionHealth | None:
        """Return a connection that the page shows."""
        return next((one for one in self.health if one.connection == connection), None)

    def letter(self, number: int) -> Delivery | None:
        """Return a dead letter that the page shows."""
        return next((one for one in self.letters if one.delivery == number), None)

    def names(self, connection: str) -> tuple[str, ...]:
        """Return the names of the secrets that a connection may have."""
        one = self.of(connection)
        connector = self.connectors.get(one.connector) if one else None
        return tuple(want.name for want in connector.secrets) if connector else ()


def view(state: State) -> dict[str, Any]:
    """Return the page."""
    ordered = sorted(state.health, key=lambda one: (_WORST.index(one.state), one.title))
    body = [*_secrets(state), *_found(state)]
    body.append(parts.box(parts.listing(TEXT["rows"], [_row(state, one) for one in ordered], empty=TEXT["none"])))
    if state.may("connection.test"):
        body += [_letters(state)]
    else:
        body.append(parts.text(TEXT["look_only"]))
    found = page(
        title=TEXT["title"],
        heading=TEXT["heading"],
        lede=TEXT["lede"],
        bar=parts.bar(state.session, parts.link(TEXT["home"], "home.ipynb")),
        banners=parts.outcome(state.wrong, state.told),
        body=body,
        errors=state.errors,
        status=state.told,
        focus=state.focus,
        ack=state.ack,
        buffer="connections",
    )
    return found | {"forget": {"n": state.forgot, "names": [WHY, WHICH, SECRET]}}


def _row(state: State, one: ConnectionHealth) -> Element:
    marks = [parts.status(TEXT[one.state], _SHAPES.get(one.state, "none"))]
    if one.unproven:
        marks.append(parts.badge(TEXT["unproven"], mark=True))
    told = _facts(one)
    if one.unproven:
        told.append(say("unproven_words", words=one.unproven))
    words = " · ".join(part.rstrip(".") for part in told)
    return parts.row(one.title, words, key=one.connection, level=3, marks=marks, ends=_ends(state, one))


def _facts(one: ConnectionHealth) -> list[str]:
    told = [one.system or one.connector]
    told.append(say("worked", at=_at(one.worked_at)) if one.worked_at else TEXT["never"])
    if one.breaker == "open" and one.open_until:
        told.append(say("until", at=_at(one.open_until)))
    if one.failures == 1 and one.failed_at:
        told.append(say("why_one", at=_at(one.failed_at), reason=one.reason, hint=one.hint))
    elif one.failures:
        told.append(say("why", failures=one.failures, reason=one.reason, hint=one.hint))
    told += [say(name, n=n) for name, n in (("waiting", one.waiting), ("sent", one.sent)) if n]
    if one.dead:
        told.append(say("dead", n=one.dead) if one.dead > 1 else TEXT["dead_one"])
    if one.pull_every:
        told.append(say("pulled", every=one.pull_every))
    if one.upto:
        told.append(say("upto", at=_at(one.upto), rows=f"{one.rows:,}"))
    return told


def _ends(state: State, one: ConnectionHealth) -> list[Element]:
    quiet: dict[str, Any] = {"look": "quiet", "small": True, "about": one.title}
    ends = []
    connector = state.connectors.get(one.connector)
    if state.may("connection.test"):
        ends.append(parts.button(TEXT["test"], "test", one.connection, small=True, about=one.title))
        if connector is not None and connector.tells:
            ends.append(parts.button(TEXT["message"], "message", one.connection, **quiet))
    if state.may("connection.secret"):
        ends.append(parts.button(TEXT["secrets"], "secrets", one.connection, **quiet))
    return ends


def _found(state: State) -> list[Element]:
    if state.found is None:
        return []
    one = state.of(state.found.connection)
    title = one.title if one else state.found.connection
    rows = [
        parts.row(
            finding.what,
            f"{finding.words} {finding.hint}".strip(),
            key=f"found-{n}",
            marks=[parts.status(TEXT["good" if finding.ok else "bad"], "ok" if finding.ok else "breach")],
        )
        for n, finding in enumerate(state.found.findings)
    ]
    listed = parts.listing(say("testing", title=title), rows, empty="")
    close = parts.actions(parts.button(TEXT["close"], "close", look="quiet"))
    return [parts.card(parts.heading(say("testing", title=title)), listed, close)]


def _secrets(state: State) -> list[Element]:
    one = state.of(state.giving)
    if one is None:
        return []
    names = state.names(one.connection)
    head = parts.heading(say("secrets_of", title=one.title))
    close = parts.button(TEXT["close"], "close", look="quiet")
    if not names:
        return [parts.card(head, parts.text(TEXT["no_secrets"]), parts.actions(close))]
    has = {row.name: row for row in state.given}
    options = [[name, name] for name in names]
    which = parts.field("radios", WHICH, TEXT["which"], state.which, options=options)
    return [
        parts.card(
            head,
            parts.plain([_said(name, has.get(name)) for name in names]),
            *([which] if len(names) > 1 else []),
            parts.field(
                "secret", SECRET, TEXT["value"], "", hint=TEXT["value_hint"], error=state.errors.get(SECRET) or None
            ),
            _reason(state),
            parts.actions(parts.button(TEXT["give"], "give", one.connection, default=True), close),
        )
    ]


def _said(name: str, row: SecretRow | None) -> str:
    if row is None:
        return say("not_given", name=name)
    return say("given" if row.good else "not_good", name=name, by=row.by, at=_at(row.at), origin=row.origin)


def _reason(state: State) -> Element:
    error = state.errors.get(WHY) or None
    return parts.field("area", WHY, TEXT["reason"], state.why, hint=TEXT["reason_hint"], error=error, rows=2)


def _letters(state: State) -> Element:
    how, number = state.deciding
    letter = state.letter(number)
    form = []
    if letter is not None:
        save = parts.button(TEXT[how], "decide", number, default=True)
        cancel = parts.button(TEXT["cancel"], "close", look="quiet")
        form = [parts.card(parts.heading(letter.title, 3), _reason(state), parts.actions(save, cancel))]
    rows = [_letter(state, one) for one in state.letters]
    listed = parts.listing(TEXT["letters"], rows, empty=TEXT["letters_none"])
    return parts.box(parts.heading(TEXT["letters"]), *form, listed)


def _letter(state: State, one: Delivery) -> Element:
    to = state.of(one.connection)
    words = say(
        "letter", flow=one.flow, connection=to.title if to else one.connection, attempts=one.attempts,
        at=_at(one.created_at), reason=one.reason, hint=one.hint,
    )  # fmt: skip
    ends = []
    if state.may("delivery.decide"):
        ends = [
            parts.button(TEXT["retry"], "retry", one.delivery, small=True, about=one.title),
            parts.button(TEXT["give-up"], "give-up", one.delivery, look="quiet", small=True, about=one.title),
        ]
    return parts.row(one.title, words, key=f"letter-{one.delivery}", level=3, ends=ends)


def _at(moment: datetime | None) -> str:
    return instant(moment, "UTC") if moment else ""
