"""Connections as data: from what BOS knows to a view, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.model.moments import instant
from bos.model.numbers import counted, each
from bos.model.standing import outdated, standing
from widgets.connections import arrivals
from widgets.connections.form_view import chooser, form_of
from widgets.connections.messages import TEXT, say
from widgets.connections.state import SECRET, WHICH, WHY
from widgets.surface import parts
from widgets.surface.page import page

if TYPE_CHECKING:
    from datetime import datetime

    from bos.model.answers.connections import ConnectionHealth, SecretRow
    from bos.model.answers.deliveries import Delivery
    from widgets.connections.form import ConnectionForm
    from widgets.connections.state import State
    from widgets.surface.parts import Element

_SHAPES = {"well": "ok", "failing": "warning", "paused": "breach", "absent": "breach"}
_WORST = ("absent", "paused", "failing", "untried", "off", "well")


def view(state: State) -> dict[str, Any]:
    """Return the page: the form where one is open, else the connections."""
    form = state.form
    if form is None:
        errors, heading, body = dict(state.errors), TEXT["heading"], _every(state)
    elif form.connector is None:
        errors, heading, body = {}, TEXT["new"], chooser(state)
    else:
        errors = {f"{form.prefix}{name}": _named(form, name, words) for name, words in form.errors.items()}
        title = form.base.document["title"] if form.base else form.spoken.title
        heading = say("change" if form.base else "new_of", title=title)
        body = form_of(state, form)
    found = page(
        title=say("title", error=TEXT["error"] if errors else ""),
        heading=heading,
        lede=TEXT["lede"] if form is None else "" if form.connector else TEXT["choose_lede"],
        bar=parts.bar(state.session, parts.link(TEXT["home"], "home.ipynb")),
        banners=_banners(state),
        body=body,
        errors=errors,
        status=" ".join(state.told),
        focus=state.focus,
        ack=state.ack,
        buffer="connections",
    )
    forget = {"n": state.forgot, "names": [WHY, WHICH, SECRET, f"{state.kind}["]}
    return found | {"forget": forget, "narrow": form is not None and form.connector is not None}


def _named(form: ConnectionForm, name: str, words: str) -> str:
    """Return what is wrong with a field, with the name of the setting where the words do not have it."""
    label = next((want.label for want in form.settings if name == f"settings.{want.name}"), "")
    return words if label.casefold() in words.casefold() else f"{label}: {words}"


def _banners(state: State) -> list[Element]:
    banners = parts.outcome(state.wrong)
    if state.moved:
        inside = (parts.text(TEXT["moved"]), parts.plain(state.moved.split("\n")))
        banners.append(parts.banner("warning", *inside, role="alert"))
    if state.form is not None and state.form.said:
        banners.append(parts.banner("info", parts.text(state.form.said)))
    if state.told:
        first, *rest = state.told
        banners.append(parts.banner("ok", parts.text(first), *([parts.plain(rest)] if rest else [])))
    return [*banners, *(arrivals.rereads(state) if state.form is None else [])]


def _every(state: State) -> list[Element]:
    ordered = sorted(state.health, key=lambda one: (_WORST.index(one.state), not one.dead, one.title))
    body = [*_after(state), *_secrets(state), *_found(state)]
    if state.may_edit:
        body.append(parts.actions(parts.button(TEXT["new"], "new")))
    body.append(parts.box(parts.listing(TEXT["rows"], [_row(state, one) for one in ordered], empty=TEXT["none"])))
    if state.may("connection.test"):
        body.append(_letters(state))
        body += arrivals.unread(state, _reason(state))
    body += [*arrivals.rejects(state), *arrivals.outdated(state, _reason(state)), *_unproven(state)]
    if not state.may_edit:
        body.append(parts.text(TEXT["look_only"]))
    return [*body, *_ended(state)]


def _ended(state: State) -> list[Element]:
    """Return the connections that are retired, and the small form that restores one."""
    if not state.ended:
        return []
    quiet: dict[str, Any] = {"look": "quiet", "small": True}
    rows = [
        parts.row(
            one.title,
            say("ended_row", id=one.id),
            key=f"ended-{one.id}",
            level=3,
            ends=[parts.button(TEXT["restore"], "restore", one.id, about=one.title, **quiet)],
        )
        for one in state.ended
    ]
    form = []
    if (chosen := next((one for one in state.ended if one.id == state.restoring), None)) is not None:
        save = parts.button(TEXT["restore"], "bring-back", chosen.id, default=True)
        cancel = parts.button(TEXT["cancel"], "close", look="quiet")
        form = [parts.card(parts.heading(chosen.title, 3), _reason(state), parts.actions(save, cancel))]
    head = say("ended", n=len(rows))
    inside = parts.box(*form, parts.listing(head, rows, empty=""))
    return [parts.details(head, inside, key="ended", open=bool(form))]


def _after(state: State) -> list[Element]:
    """Return what stands after saving: how to try it, and where its system sends to."""
    one, reception = state.seen(state.saved), state.reception
    one = one or (state.seen(reception.connection) if reception else None)
    if one is None:
        return []
    inside: list[Element] = [parts.heading(say("saved_head" if state.saved else "address_head", title=one.title))]
    if reception is not None:
        inside += [
            parts.text(TEXT["address_words"]),
            parts.code(reception.address, say("address_head", title=one.title)),
            parts.text(reception.proof),
        ]
    buttons = [parts.button(TEXT["close"], "close", look="quiet")]
    if state.saved and one.state == "off":
        inside.append(parts.text(TEXT["saved_off"]))
    elif state.saved:
        inside.append(parts.text(TEXT["saved_words" if reception is None else "saved_receives"]))
        buttons = [*_tries(state, one, small=False), *buttons]
    return [parts.card(*inside, parts.actions(*buttons), key="after")]


def _tries(state: State, one: ConnectionHealth, *, small: bool) -> list[Element]:
    """Return the buttons that try a connection."""
    if not state.may("connection.test"):
        return []
    connector = state.connectors.get(one.connector)
    about: dict[str, Any] = {"small": small, "about": one.title}
    ends = [parts.button(TEXT["test"], "test", one.connection, **about)]
    if connector is not None and "tell" in connector.ways:
        ends.append(parts.button(TEXT["message"], "message", one.connection, look="quiet", **about))
    return ends


def _row(state: State, one: ConnectionHealth) -> Element:
    marks = [parts.status(TEXT[one.state], _SHAPES.get(one.state, "none"))]
    if one.unproven:
        marks.append(parts.badge(TEXT["unproven"], mark=True))
    words = " · ".join(part.rstrip(".") for part in _facts(one))
    inside = [parts.plain([standing(file) for file in one.files])] if one.files else []
    row = parts.row(one.title, words, key=one.connection, level=3, marks=marks, ends=_ends(state, one))
    return row | {"inside": inside}


def _unproven(state: State) -> list[Element]:
    """Return what is unproven of the systems that are connected, once for each."""
    told = {one.system or one.connector: one.unproven for one in state.health if one.unproven}
    if not told:
        return []
    return [parts.details(TEXT["unproven_head"], parts.facts(sorted(told.items())), key="unproven")]


def _facts(one: ConnectionHealth) -> list[str]:
    told = [one.system or one.connector, *_successes(one), *_failures(one)]
    told += [say(name, n=n) for name, n in (("waiting", one.waiting), ("sent", one.sent)) if n]
    if one.dead:
        told.append(say("dead", n=one.dead) if one.dead > 1 else TEXT["dead_one"])
    if one.pull_every:
        told.append(say("pulled", every=each(one.pull_every)))
    if one.upto:
        told.append(say("upto", at=_at(one.upto), rows=counted(one.rows, "row")))
    if one.untaken:
        told.append(say("untaken", n=one.untaken) if one.untaken > 1 else TEXT["untaken_one"])
    if one.earlier:
        told.append(outdated(one.earlier))
    if one.left_out:
        told.append(say("left_out", words=one.left_out))
    return told


def _successes(one: ConnectionHealth) -> list[str]:
    if one.received is not None:
        return arrivals.told_of(one.received)
    return [say("worked", at=_at(one.worked_at)) if one.worked_at else TEXT["never"]]


def _failures(one: ConnectionHealth) -> list[str]:
    """Return until when it is left alone, and how it failed last."""
    told = [say("until", at=_at(one.open_until))] if one.breaker == "open" and one.open_until else []
    if one.failures > 1:
        told.append(say("why", failures=one.failures, why=_why(one)))
    elif one.failed_at and (not one.worked_at or one.worked_at < one.failed_at):
        told.append(say("why_one", at=_at(one.failed_at), why=_why(one)))
    elif one.reason:
        told.append(_why(one))
    return told


def _why(one: ConnectionHealth) -> str:
    """Return why it fails; of rows that are listed on the page, that they are."""
    for row in one.rejected:
        name = say("signal_of", signal=row.signal, flow=row.flow)
        if row.since and one.reason.startswith(f"{name}: "):
            return say("rejects_below", name=name)
    return f"{one.reason} {one.hint}".strip()


def _times(attempts: int) -> str:
    return "1 attempt" if attempts == 1 else f"{attempts} attempts"


def _ends(state: State, one: ConnectionHealth) -> list[Element]:
    quiet: dict[str, Any] = {"look": "quiet", "small": True, "about": one.title}
    ends = _tries(state, one, small=True)
    connector = state.connectors.get(one.connector)
    if state.may("connection.test") and connector is not None and "receive" in connector.ways:
        ends.append(parts.button(TEXT["address"], "address", one.connection, **quiet))
    if state.may("connection.secret"):
        ends.append(parts.button(TEXT["secrets"], "secrets", one.connection, **quiet))
    if state.may_edit:
        ends.append(parts.button(TEXT["change_short"], "change", one.connection, **quiet))
    return ends


def _found(state: State) -> list[Element]:
    if state.found is None:
        return []
    one = state.seen(state.found.connection)
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
    one = state.seen(state.giving)
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
    to = state.seen(one.connection)
    words = say(
        "letter", flow=one.flow, connection=to.title if to else one.connection, attempts=_times(one.attempts),
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
