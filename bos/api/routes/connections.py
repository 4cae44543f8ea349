"""Connectors, the secrets of connections, and looks at connected systems; connections themselves are documents."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from bos.actions import (
    connection_checks,
    connection_health,
    connection_tests,
    connections,
    following,
    letters,
    pulled_signals,
    pulling,
    rereading,
    secrets,
    taken,
    taking,
    trying,
)
from bos.api.bodies import WhyBody
from bos.api.bodies_connections import CheckBody, PullBody, RereadBody, SecretBody, TakeBody, TryBody
from bos.api.callers import Reader, Writer
from bos.api.parameters import Flow, Rationale
from bos.api.replies import accepted, reply
from bos.model.answers.connections import (
    ConnectionHealth,
    ConnectorAnswer,
    Diagnosis,
    Resealed,
    SecretRow,
    SecretTaken,
    Tried,
)
from bos.model.answers.deliveries import Delivery, DeliveryState
from bos.model.answers.documents import ProblemAnswer
from bos.model.answers.feedback import FollowedUp
from bos.model.answers.files import FileStanding
from bos.model.answers.jobs import Job
from bos.model.answers.page import Page
from bos.model.answers.pulls import PullRow
from bos.model.answers.trying import TriedSignal

router = APIRouter(prefix="/api/v1", tags=["connections"])

ConnectionId = Annotated[str, Path(alias="id", description="Id of the connection.")]
SecretName = Annotated[str, Path(alias="secret", description="Name of the secret, as its connector calls it.")]
Signal = Annotated[str, Path(description="Name of the signal in the flow, or its id.")]
DeliveryNumber = Annotated[int, Path(alias="delivery", description="Number of the delivery.")]


@router.get("/connectors", operation_id="connectors_list", response_model=Page[ConnectorAnswer])
def list_connectors(caller: Reader) -> Response:
    """List the installed connectors: what each wants to know and what of it is unproven, or why it is left out."""
    return reply(connections.connectors(caller.actor))


@router.post("/connections/check", operation_id="connections_check", response_model=Page[ProblemAnswer])
def check(caller: Writer, body: CheckBody) -> Response:
    """Say what would be wrong with a connection where it is used: connector, settings, secrets, the way out.

    Nothing is stored, and the system is asked nothing.
    """
    found = connection_checks.check(caller.ctx, caller.actor, body.document, giving=body.giving)
    return reply(found, headers={"Cache-Control": "no-store"})


@router.get("/connections/{id}/secrets", operation_id="secrets_list", response_model=Page[SecretRow])
def list_secrets(caller: Reader, id_: ConnectionId) -> Response:
    """List which secrets a connection has; never their text."""
    return reply(secrets.listing(caller.ctx, caller.actor, id_))


@router.put("/connections/{id}/secrets/{secret}", operation_id="secrets_give", response_model=SecretRow)
def give_secret(caller: Writer, id_: ConnectionId, name: SecretName, body: SecretBody) -> Response:
    """Give a connection a secret, in the place of the one before. It is sent to the address of now alone."""
    value = body.value.get_secret_value()
    done = secrets.give(caller.ctx, caller.actor, id_, name, value, rationale=body.rationale)
    return reply(done, headers={"Cache-Control": "no-store"})


@router.delete("/connections/{id}/secrets/{secret}", operation_id="secrets_take", response_model=SecretTaken)
def take_secret(caller: Writer, id_: ConnectionId, name: SecretName, rationale: Rationale) -> Response:
    """Take a secret of a connection away."""
    return reply(secrets.take(caller.ctx, caller.actor, id_, name, rationale=rationale))


@router.post("/connections/secrets/reseal", operation_id="secrets_reseal", response_model=Resealed)
def reseal_secrets(caller: Writer, body: WhyBody) -> Response:
    """Encrypt the secrets of all connections with a new key."""
    return reply(secrets.reseal(caller.ctx, caller.actor, rationale=body.rationale))


@router.get("/connections/{id}/doctor", operation_id="connections_doctor", response_model=Diagnosis)
def diagnose(caller: Reader, id_: ConnectionId) -> Response:
    """Look whether a connected system is well; nothing there is changed."""
    return reply(connections.diagnose(caller.ctx, caller.actor, id_), headers={"Cache-Control": "no-store"})


@router.get("/connection-health", operation_id="connections_health", response_model=Page[ConnectionHealth])
def list_health(caller: Reader) -> Response:
    """Say how it goes with every connection: last success and failure, what waits for it, how far it was pulled."""
    return reply(connection_health.health(caller.ctx, caller.actor), headers={"Cache-Control": "no-store"})


@router.post("/connections/{id}/tests", operation_id="connections_test", response_model=Tried)
def test(caller: Writer, id_: ConnectionId) -> Response:
    """Tell a connected system a test message, and read an hour of what is bound to it; nothing of it is kept."""
    return reply(connection_tests.test(caller.ctx, caller.actor, id_))


@router.post("/connections/{id}/states", operation_id="connections_ask", response_model=FollowedUp)
def ask_states(caller: Writer, id_: ConnectionId) -> Response:
    """Ask a system now how far what it was told of feedback is; the worker asks by itself now and then."""
    return reply(following.ask(caller.ctx, caller.actor, id_))


@router.get("/flows/{id}/pulls", operation_id="pulls_list", response_model=Page[PullRow])
def list_pulls(caller: Reader, flow: Flow) -> Response:
    """List the signals of a flow that are pulled, and how far each was."""
    return reply(pulled_signals.listing(caller.ctx, caller.actor, flow))


@router.post("/flows/{id}/pulls", operation_id="pulls_start", response_model=Job, status_code=202)
def pull(caller: Writer, flow: Flow, body: PullBody) -> Response:
    """Pull signals of a flow over their connections, from where each was left."""
    return accepted(pulling.start(caller.ctx, caller.actor, flow, body.signals, since=body.since))


@router.post("/flows/{id}/signals/{signal}/tries", operation_id="signals_try", response_model=TriedSignal)
def try_signal(caller: Writer, flow: Flow, signal: Signal, body: TryBody) -> Response:
    """Read a little by a signal's binding as it is typed; answer rows as they would be stored. Nothing is stored.

    Each call is a reading of its own, also under the same key.
    """
    done = trying.try_signal(caller.ctx, caller.actor, flow, signal, body.binding, start=body.start, end=body.end)
    return reply(done, headers={"Cache-Control": "no-store"})


@router.get("/deliveries", operation_id="deliveries_list", response_model=Page[Delivery])
def list_deliveries(
    caller: Reader,
    connection: Annotated[str | None, Query(description="Only to this connection.")] = None,
    state: Annotated[DeliveryState | None, Query(description="Only in this state.")] = None,
    limit: Annotated[int, Query(description="At most so many.")] = 100,
) -> Response:
    """List what connected systems are told, newest first: what waits, was sent, could not be, or was given up."""
    found = letters.listing(caller.ctx, caller.actor, connection=connection, state=state, limit=limit)
    return reply(found)


@router.post("/deliveries/{delivery}/retry", operation_id="deliveries_retry", response_model=Delivery)
def retry_delivery(caller: Writer, delivery: DeliveryNumber, body: WhyBody) -> Response:
    """Let a dead letter be tried again, with the key it had."""
    return reply(letters.retry(caller.ctx, caller.actor, delivery, rationale=body.rationale))


@router.post("/deliveries/{delivery}/give-up", operation_id="deliveries_give_up", response_model=Delivery)
def give_up_delivery(caller: Writer, delivery: DeliveryNumber, body: WhyBody) -> Response:
    """Give a dead letter up: it is not tried again."""
    return reply(letters.give_up(caller.ctx, caller.actor, delivery, rationale=body.rationale))


@router.post("/flows/{id}/takings", operation_id="takings_start", response_model=Job, status_code=202)
def take(caller: Writer, flow: Flow, body: TakeBody) -> Response:
    """Take the files that arrived over a connection into the telemetry of a flow, each once."""
    return accepted(taking.start(caller.ctx, caller.actor, flow, body.connection))


@router.get("/flows/{id}/files", operation_id="files_list", response_model=Page[FileStanding])
def list_files(
    caller: Reader,
    flow: Flow,
    connection: Annotated[str | None, Query(description="Only those that came over this connection.")] = None,
    limit: Annotated[int, Query(description="At most so many.")] = 100,
) -> Response:
    """List the files of folders that came into a flow, and what each brought; those that are not taken first."""
    return reply(taken.listing(caller.ctx, caller.actor, flow, connection=connection, limit=limit))


@router.post("/flows/{id}/rereadings", operation_id="files_read_again", response_model=Job, status_code=202)
def read_again(caller: Writer, flow: Flow, body: RereadBody) -> Response:
    """Read a file again that was taken; what it says now takes the place of what it had brought, in one version."""
    done = rereading.start(caller.ctx, caller.actor, flow, body.connection, body.name, rationale=body.rationale)
    return accepted(done)
