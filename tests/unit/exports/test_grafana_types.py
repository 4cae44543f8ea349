"""Dashboards for Grafana under the vendor's own types and contract. No Grafana has loaded them."""

from __future__ import annotations

import copy
import json
import os
import subprocess
from pathlib import Path

import jsonschema
import pytest

from bos.actions import exports
from tests.unit.exports.made import cards_of
from tests.unit.exports.test_vendors import CHECKS, HOSTILE, ROOT, made

TYPES = {"grafana": "Classic", "grafana-v2": "Resource"}
OPTIONS = {
    "noEmit": True, "strict": True, "exactOptionalPropertyTypes": True, "target": "es2022", "module": "es2022",
    "moduleResolution": "bundler", "types": [],
}  # fmt: skip
CONTRACT = Path(os.environ["BOS_TEST_DATA"]).parent / "contracts" / "grafana-legacy-2025-04.swagger2.json"


def picture(told, kind):
    """Return the part of a panel of a kind that says how it is drawn, in either shape."""
    if "panels" in told:
        return next(panel for panel in told["panels"] if panel["type"] == kind)
    parts = [element["spec"]["vizConfig"] for element in told["spec"]["elements"].values()]
    return next(part["spec"] for part in parts if part["group"] == kind)


def asked(told):
    if "panels" in told:
        return next(panel for panel in told["panels"] if panel["type"] == "stat")["targets"][0]
    return told["spec"]["elements"]["panel-1"]["spec"]["data"]["spec"]["queries"][0]["spec"]["query"]["spec"]


FAULTS = {
    "an option that no such panel has": lambda told: picture(told, "stat")["options"].update(colour="value"),
    "a value that no such option takes": lambda told: picture(told, "stat")["options"].update(colorMode="loud"),
    "a text for a number": lambda told: picture(told, "stat")["fieldConfig"]["defaults"].update(decimals="2"),
    "a setting that no number has": lambda told: picture(told, "stat")["fieldConfig"]["defaults"].update(units="s"),
    "a way of drawing that is not there": lambda told: picture(told, "timeseries")["fieldConfig"]["defaults"].update(
        custom={"drawStyle": "paint"}
    ),
    "a mode that no text has": lambda told: picture(told, "text")["options"].update(mode="plain"),
    "a panel without options": lambda told: picture(told, "timeseries").pop("options"),
    "a field that no query has": lambda told: asked(told).update(query="up"),
    "a dashboard without a version of its schema, or a layout": lambda told: told.get("spec", told).pop(
        "layout" if "spec" in told else "schemaVersion"
    ),
    "a field that no dashboard has": lambda told: told.get("spec", told).update(timeZone="utc"),
}
"""What the types must find, so that a silent check would be noticed."""


@pytest.mark.full
def test_the_vendors_types_take_what_is_written_and_refuse_what_is_not_theirs(ctx, ana, run, tmp_path):
    compiler = CHECKS / "node_modules" / "typescript" / "bin" / "tsc"
    if not compiler.is_file():
        pytest.skip("needs the packages of tests/exports: make test-full installs them")
    wrong = set()
    for target, kind in TYPES.items():
        good = json.loads(made(target).content)
        shown = {"made": good, "hostile": json.loads(made(target, cards_of(title=HOSTILE, why=HOSTILE)).content)}
        shown["sample"] = json.loads(exports.dashboard(ctx, ana, run.run, target).content)
        for at, spoil in enumerate(FAULTS.values()):
            shown[f"fault-{at}"] = copy.deepcopy(good)
            spoil(shown[f"fault-{at}"])
            wrong.add(f"{target}-fault-{at}.ts")
        for name, told in shown.items():
            head = f"import type {{ {kind} }} from {json.dumps(str(CHECKS / 'grafana'))};\nexport const told: {kind} = "
            (tmp_path / f"{target}-{name}.ts").write_text(f"{head}{json.dumps(told)};\n", encoding="utf-8")
    (tmp_path / "tsconfig.json").write_text(json.dumps({"compilerOptions": OPTIONS, "include": ["*.ts"]}))
    words = [ROOT / ".venv" / "bin" / "node", compiler, "-p", tmp_path, "--pretty", "false"]
    told = subprocess.run(words, check=False, capture_output=True, text=True, timeout=300, cwd=tmp_path).stdout
    lines = [line for line in told.splitlines() if line and not line.startswith(" ")]
    assert {line.partition("(")[0] for line in lines} == wrong, told


def test_the_classic_shape_is_the_dashboard_of_the_body_that_grafana_saves():
    """The contract says no more of the dashboard than that it is an object: its types are held above."""
    if not CONTRACT.is_file():
        pytest.skip("the contract of Grafana is not here: the folder contracts beside that of BOS_TEST_DATA")
    contract = json.loads(CONTRACT.read_text(encoding="utf-8"))
    (parameter,) = contract["paths"]["/dashboards/db"]["post"]["parameters"]
    schema = {**parameter["schema"], "definitions": contract["definitions"]}
    contract["definitions"]["SaveDashboardCommand"]["additionalProperties"] = False
    body = {
        "dashboard": json.loads(made("grafana").content),
        "folderUid": "bos",
        "message": "By BOS",
        "overwrite": True,
    }
    jsonschema.validate(body, schema)
    assert "id" not in body["dashboard"]  # a number would be that of another Grafana
    for wrong in ({**body, "dashboard": "{}"}, {**body, "overwrite": "yes"}, {**body, "folder": "bos"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def test_nothing_of_the_sdk_stays_that_hides_a_link_or_that_grafana_does_not_know():
    told = json.loads(made("grafana").content)
    links = [link for part in (told, *told["panels"]) for link in part.get("links", ())]
    assert len(links) == 3
    assert not [link for link in links if "placement" in link]
    assert {name for variable in told["templating"]["list"] for name in variable if name.startswith("auto")} == set()
