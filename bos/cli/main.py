"""The command ``bos``."""

import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from bos.cli import (
    audit,
    backup,
    calendar,
    change,
    cost_rule,
    dashboard,
    exporting,
    feedback,
    judging,
    kpi,
    kpi_cases,
    kpi_runs,
    output,
    people,
    policy,
    report,
    schedule,
    search,
    signal,
    system,
    telemetry,
    template,
    token,
    up,
    watch,
)
from bos.errors import BosError

_OWN = (typer.Exit, typer.Abort, TyperException, BrokenPipeError)
"""What the command line itself ends by."""


class Commands(TyperGroup):
    """Turns every error into words and an exit status; a traceback is shown only at log level ``debug``."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except BosError as error:
            raise typer.Exit(output.trouble(error)) from error
        except Exception as error:
            if isinstance(error, _OWN) or _debugging():
                raise
            output.note(f"Error: BOS failed unexpectedly ({type(error).__name__}). Set BOS_LOG_LEVEL=debug to see why.")
            raise typer.Exit(1) from error


def _debugging() -> bool:
    return os.environ.get("BOS_LOG_LEVEL", "").lower() == "debug"


app = typer.Typer(
    cls=Commands,
    help="BOS: governed business flows, exact KPIs, one door.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
up.register(app)
search.register(app)
backup.register(app)
exporting.register(template.app)
app.add_typer(template.app, name="template")
app.add_typer(signal.app, name="signal")
app.add_typer(calendar.app, name="calendar")
app.add_typer(cost_rule.app, name="cost-rule")
app.add_typer(system.connection, name="connection")
app.add_typer(system.connector, name="connector")
app.add_typer(telemetry.app, name="telemetry")
judging.register(kpi.app)
kpi_cases.register(kpi.app)
kpi_runs.register(kpi.app)
app.add_typer(kpi.app, name="kpi")
app.add_typer(watch.app, name="watch")
app.add_typer(feedback.app, name="feedback")
app.add_typer(report.app, name="report")
app.add_typer(schedule.app, name="schedule")
app.add_typer(change.app, name="change")
app.add_typer(policy.app, name="policy")
app.add_typer(policy.waivers, name="waiver")
app.add_typer(people.app, name="people")
app.add_typer(people.roles, name="role")
app.add_typer(token.app, name="token")
app.add_typer(audit.app, name="audit")
app.add_typer(dashboard.app, name="dashboard")


def main() -> None:
    """Run ``bos``; characters the terminal cannot show are written as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="bos")


if __name__ == "__main__":
    main()
