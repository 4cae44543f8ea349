"""Jira as a sink: an issue of a message, further messages of its thread as comments, and how far it is."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from bos.errors import BosError, Invalid, Unavailable
from bos.ports import Finding, Receipt, State, Wanted
from bos.reads import account, page_address, setting
from bos.wire import quoted, strange
from connectors.jira.text import document, line_of, wiki
from connectors.jira.wire import MORE, NEEDED, PAGE, Issue, Wire, further, project_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bos.ports import Attachment, Message, Target

PROPERTY = "bos"
"""The property of a comment that has the key of its delivery."""
_AHEAD, _BEHIND, _ALONE = 25, 25, 20
_TOO_LARGE = 413


class Jira:
    """A site of Jira.

    Jira has no key of its own against doubles, so an issue is created with the key of its delivery as a label, and is
    looked for before. The search of the cloud lags behind by seconds; so the issues with the numbers around and after
    the newest one it knows are read besides, by number, which does not lag.
    """

    name = "jira"
    title = "Jira"
    purpose = "Makes issues of breaches and feedback, and asks how far they are."
    schemes = ("https",)
    example = "https://bank.atlassian.net"
    settings = (
        Wanted(
            "project",
            "The key of the project that issues are made in.",
            needed=True,
            example="PAY",
            reads=project_key,
        ),
        Wanted("deployment", "A Jira of your own is a data-center.", default="cloud", choices=("cloud", "data-center")),
        Wanted(
            "email",
            "The address of the account whose token it is (cloud).",
            example="bos@bank.example",
            needed_where=(("deployment", "cloud"),),
            reads=account,
        ),
        Wanted("issue_type", "The type of the issues.", example="Bug", default="Task"),
        Wanted(
            "fields",
            "Further fields of each issue, as JSON.",
            example='{"components": [{"name": "Payments"}]}',
            reads=further,
        ),
        Wanted(
            "site",
            "Where people open Jira, if not at the address.",
            example="https://bank.atlassian.net",
            reads=page_address,
        ),
    )
    secrets = (Wanted("token", "An API token (cloud), or a personal access token (data center).", needed=True),)
    unproven = (
        "It met no Jira yet, only a double of one whose requests were checked against Atlassian's own description of "
        "the cloud; how Data Center shows escaped text, and how far its search lags, is untried."
    )

    def __init__(self, target: Target) -> None:
        self._target = target
        self._wire = Wire(target)
        self._may: dict[str, bool] = {}

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    def doctor(self) -> Iterator[Finding]:
        """Look whether Jira answers, lets BOS in, has the project, and what BOS may do there."""
        try:
            who = self._wire.ask("GET", "myself")
        except BosError as error:
            yield Finding("Answer", ok=False, words=error.message, hint=error.hint)
            return
        yield Finding("Answer", ok=True, words=f"Jira lets {quoted(str(who.get('displayName')))} in.")
        try:
            may, project = self._wire.permissions(), self._wire.setting("project")
        except BosError as error:
            yield Finding("Project", ok=False, words=error.message, hint=error.hint)
            return
        lacks = [name for name in NEEDED if not may.get(name)]
        hint = "Give the account these permissions in the project." if lacks else ""
        words = f"It may not: {', '.join(lacks)}." if lacks else f"It may look for and create issues in {project}."
        yield Finding("Project", ok=not lacks, words=words, hint=hint)
        for name, what in MORE.items():
            ok = may.get(name, False)
            words = f"It may {what}." if ok else f"It may not {what}."
            yield Finding(what.capitalize(), ok=ok, words=words, hint="" if ok else f"Give it {name}.")

    def send(self, message: Message, *, key: str) -> Receipt:
        """Make an issue of a message, or a comment where an issue of its thread is not done yet.

        Raises:
            Invalid: Jira does not take it like this; the hint has its words.
            Unavailable: it was not delivered, or nobody can say.
        """
        self._wire.site()  # what is wrong with it is told before anything is made
        self._check(message)
        mark, thread = f"bos-{key}", _thread(message)
        found = self._look([mark, thread] if thread else [mark])
        # Whoever clones an issue clones its labels: the oldest is the one that was made here.
        issue = next((one for one in reversed(found) if mark in one.labels), None)
        if issue is None:
            comment, issue = self._comment(message, key, found)
            if issue is not None:
                self._attach(issue, [replace(file, name=_named(file.name, key)) for file in message.attachments])
                return Receipt(issue.key, self._wire.page(issue.key, f"?focusedCommentId={comment}"))
            issue = self._create(message, [label for label in (mark, thread) if label])
        self._attach(issue, message.attachments)
        return Receipt(issue.key, self._wire.page(issue.key))

    def states(self, references: Sequence[str]) -> Mapping[str, State]:
        """Return how far issues are, by the keys that receipts had; an issue that was moved is found by its old key."""
        found: dict[str, State] = {}
        for first in range(0, len(references), PAGE) if self._wire.cloud else ():
            some = list(references[first : first + PAGE])
            found |= {one.key: one.state for one in self._wire.by_number(some)}
        for left in [one for one in references if one not in found]:
            for one in self._wire.single(left):
                found[left] = one.state
        return {one: found[one] for one in references if one in found}

    # What there is already

    def _look(self, labels: list[str]) -> list[Issue]:
        """Return the issues that have one of the labels, the newest first, those the search does not know yet too."""
        listed = ", ".join(f'"{label}"' for label in labels)
        issues = {one.id: one for one in self._wire.search(f"labels in ({listed}) ORDER BY created DESC")}
        project = self._wire.setting("project")
        newest = self._wire.search(f'project = "{project}" ORDER BY key DESC', most=1)
        last = int(newest[0].key.rpartition("-")[2]) if newest else 0
        first = max(1, last - _BEHIND if self._wire.cloud else last + 1)
        ahead = last + (_AHEAD if self._wire.cloud else _ALONE)
        for one in self._wire.by_number([f"{project}-{number}" for number in range(first, ahead + 1)], ends=True):
            if one.labels & set(labels):
                issues[one.id] = one
        return sorted(issues.values(), key=lambda one: int(one.id), reverse=True)

    # What is made

    def _comment(self, message: Message, key: str, found: list[Issue]) -> tuple[str, Issue | None]:
        """Return the comment a message is, and on which issue; none where it has to be an issue of its own."""
        mark = {"key": PROPERTY, "value": {"key": key}}
        for issue in found:
            for one in self._wire.comments(issue):
                if any(
                    p.get("key") == PROPERTY and p.get("value") == {"key": key} for p in one.get("properties") or ()
                ):
                    return str(one["id"]), issue
        if not found or found[0].state.done:
            return "", None
        asked = {"body": self._body(message, heading=True), "properties": [mark]}
        made = self._wire.ask("POST", f"issue/{found[0].id}/comment", json=asked)
        if not made.get("id"):
            raise strange("Jira", "does not say what it created")
        return str(made["id"]), found[0]

    def _create(self, message: Message, labels: list[str]) -> Issue:
        fields = {
            **self._further(),
            "project": {"key": self._wire.setting("project")},
            "issuetype": {"name": self._target.settings.get("issue_type", "Task")},
            "summary": line_of(message.title),
            "description": self._body(message),
            "labels": labels,
        }
        made = self._wire.ask("POST", "issue", json={"fields": fields})
        if not made.get("id") or not made.get("key"):
            raise strange("Jira", "does not say what it created")
        return Issue(str(made["id"]), str(made["key"]), frozenset(labels), State("", done=False), frozenset())

    def _attach(self, issue: Issue, files: Sequence[Attachment]) -> None:
        for file in files:
            if file.name in issue.files:
                continue
            content = {"file": (file.name, file.content, file.media_type)}
            response = self._wire.exchange(
                "POST", f"issue/{issue.id}/attachments", files=content, headers={"X-Atlassian-Token": "no-check"}
            )
            if response.status_code == _TOO_LARGE:
                raise _large(file, f"The issue {issue.key} was made without it.")
            made = self._wire.read(response).get("values")
            if not isinstance(made, list) or not any(isinstance(one, dict) and one.get("filename") for one in made):
                raise strange("Jira", "does not say what it attached")

    def _check(self, message: Message) -> None:
        """See to it that what is to be made can be found again, and that its files are taken, before anything is."""
        if not self._may:
            self._may = self._wire.permissions()
        if lacks := [name for name in NEEDED if not self._may.get(name)]:
            raise Unavailable(
                f"Jira does not let BOS work in the project: {', '.join(lacks)}.",
                hint="Give the account these permissions in the project.",
                code="system.refused",
            )
        self._further()
        if message.attachments:
            limits = self._wire.ask("GET", "attachment/meta")
            most = limits.get("uploadLimit") if limits.get("enabled", True) else 0
            for file in message.attachments:
                if isinstance(most, int) and len(file.content) > most:
                    raise _large(file, "Nothing was made.")

    def _further(self) -> dict[str, Any]:
        return setting(self._target.settings, "fields", further) or {}

    def _body(self, message: Message, *, heading: bool = False) -> Any:
        return document(message, heading=heading) if self._wire.cloud else wiki(message, heading=heading)


def _thread(message: Message) -> str:
    name = f"{message.flow}\n{message.thread}".encode()
    return f"bos-thread-{hashlib.sha256(name).hexdigest()[:24]}" if message.thread else ""


def _named(name: str, key: str) -> str:
    """Return the name of a file of a comment: all comments of an issue share its attachments."""
    path = PurePath(name)
    return f"{path.stem} {hashlib.sha256(key.encode()).hexdigest()[:8]}{path.suffix}"


def _large(file: Attachment, made: str) -> Invalid:
    return Invalid(
        f"The file {file.name} is larger than Jira takes.",
        hint=f"{made} Send a smaller file, or have the limit of Jira raised.",
        code="system.too-large",
    )
