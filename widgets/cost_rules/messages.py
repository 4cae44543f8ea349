"""Every text of the page of cost rules."""

from __future__ import annotations

TEXT = {
    "title": "{error}Cost rules · BOS",
    "heading": "Cost rules",
    "lede": "What one failure costs the bank. A KPI names its rule, and BOS adds up what its failures cost.",
    "home": "My flows",
    "approvals": "Approvals",
    "none": "There is no cost rule yet.",
    "every": "Cost rules",
    "new": "New cost rule",
    "change": "Change {title}",
    "change_short": "Change",
    "used": "Charged by {kpis}.",
    "used_none": "No KPI is charged by it yet; choose it on the page of a KPI in the wizard.",
    "unseen": "a KPI of a flow you do not see",
    "waits": "Waits for {roles}.",
    "shared": "{n} KPIs are charged by this rule; all of them follow.",
    "shared_one": "1 KPI is charged by this rule; it follows.",
    "name": "Name of the rule",
    "name_hint": "Example: Payment not credited as of receipt",
    "description": "What the cost is made of, and where the figures come from",
    "currency": "Currency",
    "currency_hint": "Three capitals. Example: USD",
    "each": "Each failure costs",
    "fixed": "For each failure",
    "fixed_hint": "Money. Example: 15.00",
    "rate": "Share of its amount, in per cent",
    "rate_hint": "Of the amount of the event that failed. Example: 0.02",
    "rate_of": "Rate for each unit of {field}",
    "per_minute": "For each minute late",
    "per_minute_hint": "Only for KPIs of durations and of conversions within a time. Example: 0.50",
    "at_most": "At most",
    "at_most_hint": "The limit for one failure. Leave empty for none.",
    "tiers": "By how late it is",
    "tiers_hint": "Of the times it is later than, the longest one is charged.",
    "later": "Later than",
    "later_hint": "Example: 2 hours or 1 day",
    "amount": "Costs",
    "tier_add": "Add a time",
    "tier_drop": "Take out",
    "tier_drop_about": "the time {n}",
    "why": "Why",
    "why_hint": "Stands in the history and in the journal.",
    "save": "Save the rule",
    "cancel": "Cancel",
    "name_missing": "Enter the name of the rule",
    "currency_wrong": "Enter the currency as three capitals, such as USD",
    "money_wrong": "Enter money with at most two decimals, such as 15.00",
    "rate_wrong": "Enter a share above 0 and at most 100,000 per cent, with at most four decimals",
    "rate_of_wrong": "Enter a rate above 0 and at most 1,000, with at most six decimals",
    "later_wrong": "Enter a time such as 90 minutes, 2 hours or 1 day",
    "later_twice": "This time stands twice; keep one",
    "nothing": "Enter what a failure costs: the rule costs nothing yet",
    "why_missing": "Enter why",
    "unchanged": "Nothing is changed yet",
    "moved": "This rule was changed since you opened it. It says now: {charge}. What you typed stands below; saving it "
    "again puts it in the place of that.",
    "saved": "Saved: version {version} of {title}.",
    "held": "It waits for signatures: {fields}. Until then the old value holds.",
    "unsigned": "Live and not approved yet: {fields}. It waits for {roles}.",
    "look_only": "You can look. Whoever may change flows makes and changes cost rules.",
    "error": "Error: ",
}


def say(name: str, /, **values: object) -> str:
    """Return a text with its values."""
    return TEXT[name].format(**values)


def count(name: str, n: int) -> str:
    """Return a text for one, or for some."""
    return TEXT[f"{name}_one"] if n == 1 else say(name, n=n)
