"""What callers send: the bodies of requests."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bos.api.parameters import Collection, Moment
from bos.model.answers.changes import Decision
from bos.model.diff import Change
from bos.model.feedback import FeedbackStatus, FeedbackType
from bos.model.incidents import Incident
from bos.model.schedule import ReportName


class Body(BaseModel):
    """Base of every body: what is not known is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PutBody(Body):
    """A document as it is to be, and why. ``saw`` names the waiting groups the caller has seen.

    ``draft`` is the revision of the caller's draft that this submits: the draft is gone with it.
    """

    document: dict[str, Any]
    rationale: str = ""
    saw: tuple[str, ...] = ()
    draft: int | None = None


class SubmissionBody(Body):
    """Changes of fields against a base version, or the whole document as it is to be; and why."""

    base_version: int
    changes: tuple[Change, ...] | None = None
    document: dict[str, Any] | None = None
    rationale: str
    saw: tuple[str, ...] = ()
    origin: dict[str, Any] | None = None


class RollbackBody(Body):
    """The version whose content is to come back, and why; ``saw`` names the waiting groups the caller has seen."""

    version: int
    rationale: str
    saw: tuple[str, ...] = ()


class AcknowledgementBody(Body):
    """What the caller does about a KPI that is not as it should be, and whom they take over from."""

    rationale: str
    instead_of: str = ""


class SubscriptionBody(Body):
    """Whether the caller hears of a KPI; an empty ``kpi`` is every watched one of the flow."""

    kpi: str = Field(default="", max_length=63)
    on: bool = True


class RestoreBody(Body):
    """Why a retired document is to come back."""

    rationale: str


class ValidateBody(Body):
    """A document to be checked; ``id`` names the one it would replace."""

    document: dict[str, Any]
    id: str | None = None


class DraftBody(Body):
    """An unfinished edit, and the revision it was made on (0: there was none).

    ``base_version`` says which version of the document it stands on from now on.
    """

    document: dict[str, Any]
    revision: int
    base_version: int | None = None


class CreateBody(Body):
    """What a template made from a blueprint is called; without ``id`` it is called like the blueprint."""

    id: str | None = None
    title: str | None = None
    rationale: str | None = None


class ActingBody(Body):
    """The sample person to act as; nobody to act as oneself again."""

    person: str | None = None


class TicketBody(Body):
    """The ticket to be traded."""

    ticket: str


class TokenBody(Body):
    """The token to be renewed."""

    token: str


class RetentionBody(Body):
    """Events before this time are left out of the newest snapshot, and why.

    Without a time it is what each signal of the flow says: its events, or points, are kept for so many days.
    """

    before: Moment | None = None
    rationale: str


class EvaluationBody(Body):
    """What to compute: KPIs (all when left out), window ``[start, end)``, buckets, dimensions, snapshot.

    ``compare`` holds each value against ``previous``, or so much earlier, such as ``1 year``. ``as_of`` takes the
    definitions that were live then.
    """

    kpis: tuple[str, ...] | None = None
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    by: Literal["hour", "day", "week", "month", "quarter"] | None = None
    dimensions: tuple[str, ...] | None = None
    compare: str | None = None
    snapshot: Annotated[int, Field(ge=0, le=2**53)] | None = None
    as_of: AwareDatetime | None = None


class PreviewBody(Body):
    """A template that may be unfinished, and the KPI of it that is asked for."""

    document: dict[str, Any]
    kpi: str
    by: Literal["hour", "day", "week", "month", "quarter"] | None = "week"


class ProposalBody(Body):
    """A threshold to be tried, in the unit of the KPI (a ratio is a fraction: 3 % is 0.03)."""

    level: Literal["warning", "breach"] = "breach"
    value: Annotated[float, Field(allow_inf_nan=False)]


class BackTestBody(Body):
    """Thresholds to try beside the current ones over ``[start, end)``, and labelled incidents they should catch.

    ``hold`` buckets in a row must lie beyond a threshold. ``direction`` is the side of the proposed ones: the KPI's own
    without it.
    """

    thresholds: Annotated[tuple[ProposalBody, ...], Field(max_length=20)] = ()
    direction: Literal["at_most", "at_least"] | None = None
    by: Literal["hour", "day", "week", "month", "quarter"] = "day"
    hold: Annotated[int, Field(ge=1, le=100)] = 1
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    incidents: Annotated[tuple[Incident, ...], Field(max_length=200)] = ()


class DashboardBody(Body):
    """How to look: window ``[start, end)``, bucket of the trends, dimensions and the values that count.

    ``split`` is a dimension to show by its values. ``compare`` holds KPIs against the ``previous`` period, or so much
    earlier, such as ``1 year``.
    """

    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    by: Literal["hour", "day", "week", "month", "quarter"] | None = None
    filters: dict[str, tuple[str | None, ...]] | None = None
    split: str = ""
    compare: str = "previous"


class FeedbackBody(Body):
    """What somebody says, and what about: a panel, a run of the dashboard, a version of the template."""

    text: str
    type: FeedbackType = "question"
    panel: str = ""
    run: str = ""
    template_version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


class ResolutionBody(Body):
    """What became of feedback, and the answer to the person who gave it."""

    status: FeedbackStatus
    answer: str = ""


class ReportBody(Body):
    """Which report to make, and of which period: a week such as ``2026-W10``; the last that is over without it."""

    report: ReportName = "weekly"
    period: str | None = None


class SignatureBody(Body):
    """A decision about a group of changes; ``items`` may name its paths. To reject or call for rework needs words."""

    decision: Decision
    comment: str = ""
    items: tuple[str, ...] | None = None


class UpgradeBody(Body):
    """What of a newer blueprint is taken, and why; what ``pick`` names is taken in every mode.

    ``blueprint`` names it where the flow does not; ``saw`` names the waiting groups the caller has seen.
    """

    mode: Literal["all", "unchanged", "pick"] = "unchanged"
    pick: tuple[str, ...] = ()
    blueprint: str | None = None
    rationale: str
    saw: tuple[str, ...] = ()


class UpgradesBody(Body):
    """What of a newer blueprint many flows take: those ``only`` names, else all that were made from it; and why."""

    mode: Literal["all", "unchanged"] = "unchanged"
    only: tuple[str, ...] | None = None
    rationale: str


class PartBody(Body):
    """What a batch asks for of one document: changes of fields against a version, or the whole as it is to be."""

    collection: Collection
    id: str
    base_version: int | None = None
    changes: tuple[Change, ...] | None = None
    document: dict[str, Any] | None = None
    saw: tuple[str, ...] = ()


class BatchBody(Body):
    """Changes of several documents in one act, and why."""

    submissions: tuple[PartBody, ...]
    rationale: str
    origin: dict[str, Any] | None = None


class WaiverBody(Body):
    """The critical value that is to count as signed, until when, and why."""

    path: str
    ends: Moment
    reason: str


class WaiverDecisionBody(Body):
    """A decision about a waiver somebody asked for. To reject it needs words."""

    decision: Literal["approve", "reject"]
    comment: str = ""


class IdentitiesBody(Body):
    """By what else a person is known: the addresses their commits in git carry, all of them; and why."""

    identities: tuple[str, ...]
    rationale: str


class WhyBody(Body):
    """Why."""

    rationale: str


class PlaceBody(Body):
    """The system that a dashboard is put into; ``overwrite``: also where somebody changed it there."""

    connection: str = Field(max_length=63)
    overwrite: bool = False


class ErasureBody(Body):
    """Who in telemetry is erased, as their sources write them, and why; the journal keeps the reason, not the name."""

    name: str
    rationale: str


class PersonBody(Body):
    """Somebody BOS is to know; ``person`` is their id, such as their sign-on name."""

    person: str
    display: str
    email: str = ""
    rationale: str


class BindingBody(Body):
    """A role for a person or a group; with ``scope`` flow or tag, ``value`` names it."""

    role: str
    person: str | None = None
    group: str | None = None
    scope: Literal["all", "flow", "tag"] = "all"
    value: str = ""
    starts: Moment | None = None
    ends: Moment | None = None
    rationale: str


class GroupBody(Body):
    """A group of people as it is to be: with its ``members``, or the group of the sign-on that it ``follows``."""

    title: str
    members: tuple[str, ...] = ()
    follows: str = ""
    rationale: str


class IdentityBody(Body):
    """What a provider of sign-on said of somebody to another of its clients: the identity token, as it was signed.

    With the access token, BOS asks the provider for what the identity token leaves out.
    """

    id_token: str
    access_token: str = ""


class DelegationBody(Body):
    """Who stands in, for the caller or for ``person``, and until when."""

    delegate: str
    person: str | None = None
    starts: Moment | None = None
    ends: Moment
    rationale: str


class TokenWish(Body):
    """A token to be made: what for, what it may do, where, and until when.

    ``rights`` are rows of the table of rights; ``read`` and ``write`` stand for many. ``value`` names the flow or tag
    of ``scope``. A personal one expires within 90 days, one of a service within 366.
    """

    title: str
    kind: Literal["personal", "service"] = "personal"
    rights: tuple[str, ...]
    scope: Literal["all", "flow", "tag"] = "all"
    value: str = ""
    expires_at: Moment
    rationale: str
