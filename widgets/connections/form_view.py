"""The form of a connection as data: the choice of the system, then what its connector wants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.model.moments import instant
from bos.model.roles import ROLES, SIGNING_ROLES
from widgets.connections.form import KINDS
from widgets.connections.messages import TEXT, say
from widgets.shelf.view import typed
from widgets.surface import parts

if TYPE_CHECKING:
    from bos.model.answers.connections import ConnectorAnswer, Want
    from widgets.connections.form import ConnectionForm
    from widgets.connections.state import State
    from widgets.surface.parts import Element


def chooser(state: State) -> list[Element]:
    """Return the systems that a connection can be made to."""
    rows = [_system(one) for one in sorted(state.connectors.values(), key=lambda one: one.title)]
    cancel = parts.actions(parts.button(TEXT["cancel"], "cancel", look="quiet"))
    return [parts.listing(TEXT["choose_head"], rows, empty=TEXT["choose_none"]), cancel]


def _system(one: ConnectorAnswer) -> Element:
    ways = ", ".join(TEXT[way] for way in one.ways)
    words = one.purpose or f"{ways[:1].upper()}{ways[1:]}."
    marks = [parts.badge(TEXT["unproven"], mark=True)] if one.unproven else []
    choose = parts.button(TEXT["choose_button"], "choose", one.name, look="quiet", small=True, about=one.title)
    return parts.row(one.title, words, key=one.name, level=2, marks=marks, ends=[choose])


def form_of(state: State, form: ConnectionForm) -> list[Element]:
    """Return the form of a connection whose system is known."""
    connector = form.spoken
    unproven = [parts.banner("warning", parts.text(say("unproven_words", words=connector.unproven)))]
    inside = [_what(state, form), _reach(state, form), *_secrets(state, form)]
    inside += [_telling(state, form)] if "tell" in connector.ways or form.told else []
    inside += [_pulling(state, connector)] if {"pull", "folder"} & set(connector.ways) else []
    inside += [_pace(state, form), _enabled(state, form)]
    inside.append(_field(state, "why", TEXT["why_label"], TEXT["why_hint"], kind="area", rows=2))
    other = [parts.button(TEXT["choose_other"], "other", look="quiet")] if form.base is None else []
    inside.append(
        parts.actions(
            parts.button(TEXT["save"], "save", default=True),
            parts.button(TEXT["cancel"], "cancel", look="quiet"),
            *other,
        )
    )
    retire = [_retire()] if form.base is not None else []
    return [*(unproven if connector.unproven else []), parts.card(*inside, key="form"), *retire]


def _field(state: State, name: str, label: str, hint: str = "", **more: Any) -> Element:
    """Return a field that a reload of the page keeps."""
    return typed(state, name, label, hint, keep="1", **more)


def _what(state: State, form: ConnectionForm) -> Element:
    example = say("name_hint", example=f"{form.spoken.title} of payments")
    roles = [(role, ROLES[role]) for role in ROLES if role in SIGNING_ROLES or role == form.value("owner")]
    name = _field(state, "id", TEXT["id"], TEXT["id_hint"], optional=True, look="wz-short", code=True)
    if form.base is not None:
        name = parts.text(say("id_is", id=form.base.id), "bos-hint")
    return parts.group(
        TEXT["what"],
        _field(state, "title", TEXT["name"], example),
        name,
        _field(state, "description", TEXT["description"], kind="area", optional=True, rows=2),
        _field(state, "owner", TEXT["owner"], TEXT["owner_hint"], kind="select", options=roles, look="wz-short"),
        key="what",
    )


def _reach(state: State, form: ConnectionForm) -> Element:
    connector = form.spoken
    sends = connector.ways == ("receive",)
    example = connector.example or f"{next(iter(connector.schemes), 'https')}://system.bank.example"
    hint = say("address_sender" if sends else "address_hint", example=example)
    moved: list[Element] = []
    if form.moves and form.given and form.origin:
        origin = next(iter(form.given.values())).origin
        moved = [parts.banner("warning", parts.text(say("address_moves", origin=origin)), role="status")]
    needed = [_setting(state, form, want) for want in form.settings if want.needed or want.needed_where]
    more = [want for want in form.settings if not (want.needed or want.needed_where)]
    optional: list[Element] = []
    if more:
        used = any(form.value(f"settings.{want.name}") or f"settings.{want.name}" in form.errors for want in more)
        fields = [_setting(state, form, want) for want in more]
        optional = [parts.details(say("settings_more", n=len(more)), parts.box(*fields), key="more", open=used)]
    address = _field(state, "address", TEXT["address"], hint, code=True)
    return parts.group(TEXT["reach"], address, *moved, *needed, *optional, key="reach")


def _setting(state: State, form: ConnectionForm, want: Want) -> Element:
    name = f"settings.{want.name}"
    if want.choices or want.kind == "flow":
        return _chosen(state, form, want)
    hint = _sentence(want)
    if want.example and want.example != want.default:
        hint = say("setting_hint", help=hint, example=want.example)
    if want.default:
        ended = hint if hint.endswith((".", "…")) else f"{hint}."
        hint = say("setting_default", hint=ended, default=want.default)
    inputs: dict[str, Any] = {"inputmode": "numeric", "look": "wz-short"} if want.kind == "number" else {}
    return _field(state, name, want.label, hint, optional=not form.asks(want), **inputs)


def _chosen(state: State, form: ConnectionForm, want: Want) -> Element:
    """Return a setting that is one of a few."""
    name = f"settings.{want.name}"
    known = dict(form.flows) if want.kind == "flow" else {one: one for one in want.choices if one != want.default}
    now = form.value(name)
    if now and now not in known:
        known[now] = now
    none = say("usual", default=want.default) if want.default else TEXT["choose_one"]
    options = [("", none), *known.items()]
    more: dict[str, Any] = {"kind": "select", "options": options, "optional": not want.needed, "look": "wz-short"}
    return _field(state, name, want.label, _sentence(want), **more)


def _secrets(state: State, form: ConnectionForm) -> list[Element]:
    wanted = form.spoken.secrets
    if not wanted:
        return []
    hint = parts.text(TEXT["secrets_hint"], "bos-hint")
    return [parts.group(TEXT["secrets"], hint, *[_secret(state, form, want) for want in wanted], key="secrets")]


def _secret(state: State, form: ConnectionForm, want: Want) -> Element:
    row, good = form.given.get(want.name), form.good(want.name)
    if row is None:
        told = TEXT["secret_none"]
    else:
        words = "secret_given" if good else "secret_again"
        told = say(words, at=instant(row.at, "UTC"), by=row.by, origin=row.origin)
    hint = f"{_sentence(want)} {told if form.base else ''}".strip()
    optional = not form.asks(want) or good is not None
    return typed(state, f"secrets.{want.name}", want.label, hint, kind="secret", value="", optional=optional)


def _telling(state: State, form: ConnectionForm) -> Element:
    kinds = [(kind, TEXT[kind]) for kind in KINDS]
    rows = []
    for flow, told in form.told.items():
        title = form.flows.get(flow, flow)
        heard = _field(state, f"tells.{flow}", title, kind="checks", value=told, options=kinds, wide=True)
        drop = parts.button(TEXT["tell_drop"], "untell", flow, look="quiet", small=True, about=title)
        rows.append(parts.box(heard, parts.actions(drop), key=f"told-{flow}"))
    left = [(flow, title) for flow, title in form.flows.items() if flow not in form.told]
    add = []
    if left:
        options = [("", TEXT["tell_choose"]), *left]
        choice = typed(state, "flow", TEXT["tell_flow"], kind="select", options=options)
        button = parts.button(TEXT["tell_add"], "tell", look="quiet", small=True)
        add = [parts.box(choice, button, look="wz-line", key="tell")]
    hint = parts.text(TEXT["telling_hint"], "bos-hint")
    return parts.group(TEXT["telling"], hint, *rows, *add, key="telling")


def _pulling(state: State, connector: ConnectorAnswer) -> Element:
    every = [_field(state, "pull_every", TEXT["pull_every"], TEXT["pull_every_hint"], optional=True, look="wz-short")]
    if "pull" in connector.ways:
        hint = TEXT["delay_seconds_hint"]
        every.append(_field(state, "delay_seconds", TEXT["delay_seconds"], hint, inputmode="numeric", look="wz-short"))
    return parts.group(TEXT["pulling"], *every, key="pulling")


def _pace(state: State, form: ConnectionForm) -> Element:
    short: dict[str, Any] = {"inputmode": "numeric", "look": "wz-short"}
    wrong = not form.errors.keys().isdisjoint({"timeout_seconds", "at_once"})
    return parts.details(
        TEXT["pace"],
        parts.box(
            _field(state, "timeout_seconds", TEXT["timeout_seconds"], **short),
            _field(state, "at_once", TEXT["at_once"], TEXT["at_once_hint"], **short),
        ),
        key="pace",
        open=wrong,
    )


def _enabled(state: State, form: ConnectionForm) -> Element:
    options = [("yes", TEXT["enabled_yes"])]
    value = ["yes"] if form.enabled else []
    hint = TEXT["enabled_hint"]
    return _field(state, "enabled", TEXT["enabled"], hint, kind="checks", value=value, options=options)


def _retire() -> Element:
    button = parts.button(TEXT["retire"], "retire", look="danger")
    return parts.details(TEXT["retire_head"], parts.text(TEXT["retire_words"]), parts.actions(button), key="retire")


def _sentence(want: Want) -> str:
    """Return what a setting or a secret says, with an end."""
    return want.help if want.help.endswith((".", "…")) else f"{want.help}."
