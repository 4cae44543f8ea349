"""People, the roles they hold, groups of people, and who stands in for whom."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

import bos
from bos.actions import bindings, delegations, erasing, owners, people, sign_on, subjects
from bos.api.bodies import BindingBody, DelegationBody, ErasureBody, GroupBody, IdentitiesBody, PersonBody, WhyBody
from bos.api.callers import Reader, Writer
from bos.api.parameters import Collection, Cursor, Limit
from bos.api.replies import reply
from bos.auth.policy import allow
from bos.model.answers.owners import Owned
from bos.model.answers.page import Page
from bos.model.answers.people import Binding, Delegation, Departure, Erased, Me, PeopleGroup, Person, Right
from bos.model.kinds import COLLECTIONS

router = APIRouter(prefix="/api/v1", tags=["people"])

PersonId = Annotated[str, Path(alias="person", description="Id of the person.")]
BindingId = Annotated[str, Path(alias="binding", description="Id of the binding.")]
GroupId = Annotated[str, Path(alias="group", description="Id of the group of people.")]
DelegationId = Annotated[str, Path(alias="delegation", description="Id of the delegation.")]
Ended = Annotated[bool, Query(description="Also those that are over.")]


@router.get("/me", operation_id="me", response_model=Me)
def show_me(caller: Reader) -> Response:
    """Say who the caller is, and which version of BOS answers."""
    actor = caller.actor
    allow(actor, "self.read")
    display, roles = actor.display or actor.person, tuple(sorted(actor.every_role))
    return reply(Me(person=actor.person, display=display, roles=roles, version=bos.__version__))


@router.get("/rights", operation_id="rights_list", response_model=Page[Right])
def list_rights(caller: Reader) -> Response:
    """List what can be done and the roles that allow it."""
    return reply(people.rights(caller.ctx, caller.actor))


@router.get("/owners", operation_id="owners_list", response_model=Page[Owned])
def list_owners(
    caller: Reader,
    *,
    collection: Annotated[Collection, Query(description="Documents of this kind.")] = Collection.TEMPLATES,
    role: Annotated[str | None, Query(description="Only what this role answers for.")] = None,
    person: Annotated[str | None, Query(description="Only what this person answers for.")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """List documents with the roles that answer for their fields and who holds these now."""
    kind = COLLECTIONS[collection]
    return reply(owners.listing(caller.ctx, caller.actor, kind, role=role, person=person, cursor=cursor, limit=limit))


@router.get("/people", operation_id="people_list", response_model=Page[Person])
def list_people(
    caller: Reader,
    *,
    disabled: Annotated[bool, Query(description="Also those BOS lets in no more.")] = True,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """List the people BOS knows with what they hold now, by id."""
    return reply(people.listing(caller.ctx, caller.actor, disabled=disabled, cursor=cursor, limit=limit))


@router.post("/people", operation_id="people_add", response_model=Person, status_code=201)
def add_person(caller: Writer, body: PersonBody) -> Response:
    """Let BOS know somebody: they hold nothing yet."""
    done = people.add(
        caller.ctx, caller.actor, body.person, display=body.display, email=body.email, rationale=body.rationale
    )
    return reply(done, status=201, headers={"Location": f"/api/v1/people/{done.person}"})


@router.get("/people/{person}", operation_id="people_show", response_model=Person)
def show_person(caller: Reader, person: PersonId) -> Response:
    """Show somebody with what they hold now."""
    return reply(people.show(caller.ctx, caller.actor, person))


@router.get("/people/{person}/departure", operation_id="people_departure", response_model=Departure)
def show_departure(caller: Reader, person: PersonId) -> Response:
    """Say what only this person serves, and who would hear of it if they left; nothing is written."""
    return reply(people.departure(caller.ctx, caller.actor, person))


@router.put("/people/{person}/identities", operation_id="people_identities", response_model=Person)
def write_identities(caller: Writer, person: PersonId, body: IdentitiesBody) -> Response:
    """Say by what else somebody is known: the addresses their commits in git carry, all of them."""
    done = people.write_identities(caller.ctx, caller.actor, person, body.identities, rationale=body.rationale)
    return reply(done)


@router.post("/people/{person}/disable", operation_id="people_disable", response_model=Departure)
def disable_person(caller: Writer, person: PersonId, body: WhyBody) -> Response:
    """Let somebody in no more; whoever serves their duties now is told."""
    return reply(people.disable(caller.ctx, caller.actor, person, rationale=body.rationale))


@router.post("/people/{person}/enable", operation_id="people_enable", response_model=Person)
def enable_person(caller: Writer, person: PersonId, body: WhyBody) -> Response:
    """Let somebody in again, with the roles that still hold."""
    return reply(people.enable(caller.ctx, caller.actor, person, rationale=body.rationale))


@router.post("/people/{person}/erase", operation_id="people_erase", response_model=Person)
def erase_person(caller: Writer, person: PersonId, body: WhyBody) -> Response:
    """Erase name and addresses of somebody who is let in no more, for good; what they did stays under their id."""
    return reply(erasing.erase(caller.ctx, caller.actor, person, rationale=body.rationale))


@router.post("/people/{person}/sign-on/forget", operation_id="people_sign_on_forget", response_model=Person)
def forget_sign_on(caller: Writer, person: PersonId, body: WhyBody) -> Response:
    """Forget who somebody is at the provider of the sign-on: who signs in under their id next, is they."""
    return reply(sign_on.forget(caller.ctx, caller.actor, person, rationale=body.rationale))


@router.get("/bindings", operation_id="bindings_list", response_model=Page[Binding])
def list_bindings(
    caller: Reader,
    *,
    role: Annotated[str | None, Query(description="Only of this role.")] = None,
    person: Annotated[str | None, Query(description="Only of this person, themselves.")] = None,
    ended: Ended = False,
) -> Response:
    """List who holds which role, where and how long."""
    return reply(bindings.listing(caller.ctx, caller.actor, role=role, person=person, ended=ended))


@router.post("/bindings", operation_id="bindings_give", response_model=Binding, status_code=201)
def give_role(caller: Writer, body: BindingBody) -> Response:
    """Give a role to a person or a group, on all flows, on one, or on those with a tag."""
    done = bindings.give(
        caller.ctx,
        caller.actor,
        body.role,
        person=body.person,
        group=body.group,
        scope=body.scope,
        value=body.value,
        starts=body.starts,
        ends=body.ends,
        rationale=body.rationale,
    )
    return reply(done, status=201)


@router.post("/bindings/{binding}/end", operation_id="bindings_end", response_model=Binding)
def end_role(caller: Writer, binding: BindingId, body: WhyBody) -> Response:
    """Take a role back, from now on."""
    return reply(bindings.end(caller.ctx, caller.actor, binding, rationale=body.rationale))


@router.post("/erasures", operation_id="telemetry_erase", response_model=Erased, status_code=201)
def erase_in_telemetry(caller: Writer, body: ErasureBody) -> Response:
    """Erase a person in telemetry: destroy the key that leads from their name to their pseudonym, for good."""
    return reply(subjects.erase(caller.ctx, caller.actor, body.name, rationale=body.rationale), status=201)


@router.get("/groups", operation_id="groups_list", response_model=Page[PeopleGroup])
def list_groups(caller: Reader) -> Response:
    """List the groups of people."""
    return reply(bindings.groups(caller.ctx, caller.actor))


@router.put("/groups/{group}", operation_id="groups_write", response_model=PeopleGroup)
def write_group(caller: Writer, group: GroupId, body: GroupBody) -> Response:
    """Make a group, or say anew who is in it, or which group of the sign-on says so."""
    done = bindings.write_group(
        caller.ctx,
        caller.actor,
        group,
        title=body.title,
        members=body.members,
        follows=body.follows,
        rationale=body.rationale,
    )
    return reply(done)


@router.get("/delegations", operation_id="delegations_list", response_model=Page[Delegation])
def list_delegations(caller: Reader, *, ended: Ended = False) -> Response:
    """List who stands in for whom."""
    return reply(delegations.listing(caller.ctx, caller.actor, ended=ended))


@router.post("/delegations", operation_id="delegations_give", response_model=Delegation, status_code=201)
def give_delegation(caller: Writer, body: DelegationBody) -> Response:
    """Let somebody stand in for oneself; an administrator, for anybody."""
    done = delegations.give(
        caller.ctx,
        caller.actor,
        body.delegate,
        person=body.person,
        starts=body.starts,
        ends=body.ends,
        rationale=body.rationale,
    )
    return reply(done, status=201)


@router.post("/delegations/{delegation}/end", operation_id="delegations_end", response_model=Delegation)
def end_delegation(caller: Writer, delegation: DelegationId, body: WhyBody) -> Response:
    """Let nobody stand in any more, from now on."""
    return reply(delegations.end(caller.ctx, caller.actor, delegation, rationale=body.rationale))
