"""The approval policy of a home: which fields need more signatures, whose, and in what order."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from bos.model.document import Document, Line, Part, Slug

POLICY_ID = "approval"
"""The id of the one policy a home has."""

Covered = Literal["template", "signal", "calendar", "cost_rule", "dashboard", "schedule"]
"""Kinds whose fields a policy can speak of."""


class Signer(Part):
    """A role that signs, and how many different people of it."""

    role: Slug
    count: Annotated[int, Field(ge=1, le=5)] = 1


class Rule(Part):
    """Who signs a field, on top of the approver the field guide names.

    ``field`` is a pattern of the field guide such as ``outcomes[].target``; ``only`` names documents by id, all where
    it is empty. ``in_order``: each of ``signers`` signs once those before it have.
    """

    id: Slug
    covers: Covered = "template"
    field: Line
    only: tuple[Slug, ...] = ()
    signers: tuple[Signer, ...]
    in_order: bool = False


class Policy(Document):
    """The approval policy. It only ever asks for more: what the field guide asks for stays."""

    kind: ClassVar[str] = "policy"
    collection: ClassVar[str] = "policies"
    label: ClassVar[str] = "approval policy"

    rules: tuple[Rule, ...] = ()
