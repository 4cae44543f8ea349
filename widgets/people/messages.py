"""Every text of the page of people and roles."""

from __future__ import annotations

TEXT = {
    "title": "People and roles · BOS",
    "heading": "People and roles",
    "lede": "Who BOS knows, and what they hold. Nobody gives a role to themselves.",
    "home": "My flows",
    "owners": "Who owns what",
    "people": "People",
    "nobody": "BOS knows nobody yet.",
    "holds": "Holds {roles}.",
    "nothing": "Holds no role.",
    "disabled": "Let in no more",
    "you": "You",
    "look": "Look",
    "about": "at {name}",
    "all": "on all flows",
    "flow": "on the flow {value}",
    "tag": "on flows with the tag {value}",
    "id": "Id",
    "email": "Address",
    "since": "Known since",
    "source": "Comes from",
    "groups": "Groups",
    "back": "All people",
    "roles": "Roles {name} holds",
    "role": "Role",
    "where": "Where",
    "until": "Until",
    "for_good": "For good",
    "by": "Given by",
    "why": "Why",
    "take": "Take back",
    "of_group": "By the group {group}",
    "act": "Change",
    "only": "What only {name} serves",
    "only_none": "Others can do all that {name} can do for the flows.",
    "only_why": "If {name} leaves, nobody can do this until somebody holds the role.",
    "duty": "What",
    "of": "Of",
    "which": "Which",
    "none": "None",
    "add": "Let somebody in",
    "add_words": "BOS knows them by this id. Where people sign in at a provider, it is the name they have there.",
    "give": "Give a role",
    "give_to": "Give {name} a role",
    "take_from": "Take a role back from {name}",
    "take_words": "{role}, {where}. It holds no more from now on; what they did stays as it is.",
    "disable": "Let in no more",
    "disable_of": "Let {name} in no more",
    "disable_words": "Sessions and tokens of {name} end now. Roles stay, and hold again when {name} is let in again.",
    "enable": "Let in again",
    "enable_of": "Let {name} in again",
    "delegate": "Let somebody stand in for you",
    "delegate_words": "They act with your roles, except administration. The journal names both of you.",
    "stand_in": "Who stands in for whom",
    "stand_in_none": "Nobody stands in for anybody.",
    "absent": "Away",
    "delegate_name": "Stands in",
    "end_stand_in": "End it",
    "ending": "End a standing in",
    "person": "Id",
    "person_hint": "Such as bea or bea.ek; letters, digits and . _ @ + -",
    "display": "Name people read",
    "scope": "Where",
    "value_flow": "Flow",
    "value_tag": "Tag",
    "until_hint": "A day such as 2027-03-31, which is the last one (UTC). Nothing: for good.",
    "until_day": "Last day",
    "until_day_hint": "A day such as 2027-03-31 (UTC).",
    "why_hint": "Stands in the journal.",
    "choose": "Choose",
    "cancel": "Cancel",
    "no_day": "Write the day as 2027-03-31",
    "added": "BOS knows {name} now. They hold no role yet.",
    "given": "{name} holds the role now.",
    "taken": "The role is taken back.",
    "out": "{name} is let in no more. People who were told of what nobody else serves: {n}.",
    "in": "{name} is let in again.",
    "standing": "{name} stands in for you.",
    "ended": "Nobody stands in there any more.",
    "error": "Error: ",
}

DO = {
    "add": "Let them in",
    "give": "Give the role",
    "take": "Take the role back",
    "disable": "Let in no more",
    "enable": "Let in again",
    "delegate": "Let them stand in",
    "end": "End it",
}
"""Form → what its button says."""

MISSING = {
    "person": "Enter the id",
    "display": "Enter the name people read",
    "why": "Enter why",
    "role": "Choose a role",
    "value_flow": "Choose a flow",
    "value_tag": "Enter the tag",
    "delegate": "Choose who stands in",
    "until": "Enter the last day",
}
"""Field → what is said where nothing was entered."""

SCOPES = {"all": "All flows", "flow": "One flow", "tag": "Flows with a tag"}
SOURCES = {
    "local": "This machine",
    "sample": "The demo",
    "created": "An administrator",
    "sign-on": "The provider people sign in at",
}
DUTIES = {"field": "Answers for", "signature": "Can sign", "feedback": "Can answer", "token": "Token of a service"}


def say(name: str, /, **values: object) -> str:
    """Return a text with its values."""
    return TEXT[name].format(**values)
