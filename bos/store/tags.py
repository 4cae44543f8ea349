"""The vocabulary of the audit trail: every tag an entry of the journal can have."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Self


class Tag(Enum):
    """A tag: its text in the journal, what the entry is about, and what it means.

    ``what`` says which columns the entry fills: a document, a field of it (``path``), a flow or a job.
    """

    what: str
    meaning: str

    def __new__(cls, value: str, what: str, meaning: str) -> Self:
        """Make a tag from its three fields."""
        tag = object.__new__(cls)
        tag._value_ = value
        tag.what = what
        tag.meaning = meaning
        return tag

    DOCUMENT_CREATED = ("document.created", "document", "A document came into being, as its version 1.")
    DOCUMENT_RETIRED = ("document.retired", "document", "A document was retired: served read-only from then on.")
    DOCUMENT_RESTORED = ("document.restored", "document", "A retired document came back with its approvals.")
    RETIREMENT_HELD = ("retirement.held", "document", "Retiring a document waits for signatures.")
    CHANGE_LIVE = ("change.live", "field", "A change went live: before and after.")
    CHANGE_PROVISIONAL = ("change.provisional", "field", "A critical value went live that nobody has signed yet.")
    CHANGE_HELD = ("change.held", "field", "A change of an approved value waits for signatures.")
    CHANGE_REPLACED = ("change.replaced", "field", "A waiting proposal gave way to a newer one or to a joined group.")
    CHANGE_REWORK = ("change.rework", "field", "A waiting change no longer fits and must be proposed anew.")
    CHANGE_WITHDRAWN = ("change.withdrawn", "field", "An author took a waiting change back.")
    CHANGE_CLOSED = ("change.closed", "field", "An open change ended because its document was retired.")
    SIGNATURE_APPROVED = ("signature.approved", "field", "A signature for a value.")
    SIGNATURE_REJECTED = ("signature.rejected", "field", "A signature against a value; the comment is the rationale.")
    SIGNATURE_REWORK = ("signature.rework", "field", "A signer asked for rework; the comment is the rationale.")
    SIGNATURE_REFUSED = ("signature.refused", "document", "Somebody was refused a decision; after says why.")
    VALUE_APPROVED = ("value.approved", "field", "A value has every signature it needs.")
    VALUE_PROVISIONAL = ("value.provisional", "field", "A live value needs a signature from here on, by the policy.")
    WAIVER_ASKED = ("waiver.asked", "field", "The owner or the CoE asks that a value counts as signed until a date.")
    WAIVER_SET = ("waiver.set", "field", "A value counts as signed until a date: owner and CoE agree.")
    WAIVER_REFUSED = ("waiver.refused", "field", "A waiver that was asked for was refused or taken back.")
    WAIVER_ENDED = ("waiver.ended", "field", "A value does not count as signed any more: why is the rationale.")
    JOB_QUEUED = ("job.queued", "job", "Long work was asked for: after has the task and what it works on.")
    JOB_CANCELLED = ("job.cancelled", "job", "Long work was cancelled.")
    JOB_FAILED = (
        "job.failed",
        "job",
        "Long work failed: after has the problem, of what may quote a row, its code.",
    )
    TELEMETRY_IMPORTED = ("telemetry.imported", "flow", "Events or metric points were added to the lake.")
    TELEMETRY_REREAD = (
        "telemetry.reread",
        "flow",
        "A file was read again: what it says now took the place of what it had brought.",
    )
    TELEMETRY_COMPACTED = ("telemetry.compacted", "flow", "The files of a flow were joined; no row changed.")
    TELEMETRY_RETAINED = ("telemetry.retained", "flow", "Old rows of a flow were left out of its newest snapshot.")
    SESSION_BEGUN = ("session.begun", "person", "Somebody signed in with a browser.")
    SESSION_ENDED = ("session.ended", "person", "Somebody signed out.")
    PERSON_ADDED = ("person.added", "person", "BOS knows a person from here on.")
    PERSON_DISABLED = ("person.disabled", "person", "A person is let in no more: after says what only they served.")
    PERSON_ENABLED = ("person.enabled", "person", "A person who was disabled is let in again.")
    PERSON_SIGN_ON = ("person.sign-on", "person", "Who a person is at the provider of the sign-on: before and after.")
    PERSON_IDENTITIES = ("person.identities", "person", "By what else a person is known, such as their commits in git.")
    TOKEN_MADE = ("token.made", "person", "A person made a token for a program: after says what it is good for.")
    TOKEN_ENDED = ("token.ended", "person", "A token of a person is good no more.")
    ROLE_GIVEN = ("role.given", "person", "A person or a group was given a role: after says which, where and how long.")
    ROLE_ENDED = ("role.ended", "person", "A role that a person or a group was given ends.")
    GROUP_WRITTEN = ("group.written", "person", "A group of people: before and after say who was in it and who is.")
    DELEGATION_GIVEN = ("delegation.given", "person", "Somebody stands in for the person for a while.")
    DELEGATION_ENDED = ("delegation.ended", "person", "Somebody stands in for the person no more.")
    DEMO_ACTING = ("demo.acting", "person", "In a demo: acts as another sample person from here on, or as nobody else.")
    PERSON_ERASED = ("person.erased", "person", "Name and addresses of a person were erased, their key is gone.")
    SUBJECT_ERASED = ("subject.erased", "person", "A person in telemetry was erased: their key is gone, id stays.")
    DATA_READ = ("data.read", "flow", "Single events or rejected rows were read: after says which.")
    JOURNAL_EXPORTED = ("journal.exported", "journal", "The journal was exported: after has its last number.")
    SECRET_GIVEN = (
        "secret.given",
        "document",
        "A connection was given a secret: after says which, for whom.",
    )
    SECRET_TAKEN = ("secret.taken", "document", "A secret of a connection was taken away.")
    SECRETS_RESEALED = (
        "secrets.resealed",
        "home",
        "Secrets of connections were encrypted anew: id names the key.",
    )
    DELIVERY_RETRIED = (
        "delivery.retried",
        "document",
        "A system is told again what it could not be told: after has it.",
    )
    DELIVERY_GIVEN_UP = ("delivery.given-up", "document", "What a system could not be told was given up: after has it.")
    FEEDBACK_ELSEWHERE = (
        "feedback.elsewhere",
        "document",
        "What a system was told of feedback is done there, gone from there, or under way again: after has it.",
    )
    CONNECTION_TRIED = (
        "connection.tried",
        "document",
        "A connection was tried on purpose: a test message, or a reading.",
    )
    INCOMING_DEAD = (
        "incoming.dead",
        "document",
        "What was sent over a connection cannot be read: after has which, the kind of fault, and where to look.",
    )
    BACKUP_MADE = ("backup.made", "home", "A backup of the whole home was begun: id names it, after for which keys.")
    HOME_RESTORED = ("home.restored", "home", "The home was restored: id names the backup, after how far it goes.")
    DASHBOARD_BUILT = ("dashboard.built", "document", "A dashboard was computed and kept as a run: number and hash.")
    DASHBOARD_PLACED = (
        "dashboard.placed",
        "flow",
        "A run of a dashboard was put into another system: after says which, and the version it has there.",
    )
    RUN_REPEATED = (
        "run.repeated",
        "flow",
        "A run was computed again: after has its number, and whether it came out the same.",
    )
    KPI_EVALUATED = ("kpi.evaluated", "flow", "KPIs were computed and kept as a run: after has its number and hash.")
    KPI_STATE = ("kpi.state", "field", "The state of a watched KPI changed: after has value, words and money.")
    KPI_ACKNOWLEDGED = ("kpi.acknowledged", "field", "Somebody looks after a KPI that is not as it should be.")
    REPORT_MADE = ("report.made", "flow", "A report was made and archived: after has its period, number and hash.")
