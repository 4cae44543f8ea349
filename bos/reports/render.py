"""An executed notebook as one HTML file: no script, no request, nothing of the machine it was made on."""

from __future__ import annotations

from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bos.look import page
from bos.reports.pieces import SEAL, Seal

if TYPE_CHECKING:
    from collections.abc import Iterator

_TEMPLATES = Path(str(files("bos.reports"))) / "templates"


@cache
def _style() -> str:
    charts = files("bos.look").joinpath("charts.css").read_text(encoding="utf-8")
    return f"{charts}\n{files('bos.reports').joinpath('pack.css').read_text(encoding='utf-8')}"


def seal_of(notebook: Any) -> Seal | None:
    """Return the seal of an executed notebook; nothing where it did not come to its end."""
    found = [data[SEAL] for data in _data(notebook) if SEAL in data]
    return Seal(**found[-1]) if found and failed_cell(notebook) is None else None


def failed_cell(notebook: Any) -> str | None:
    """Return the name of the cell that failed, and why; nothing where none did."""
    for position, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", []):
            if output.get("output_type") == "error":
                name = cell.get("metadata", {}).get("name") or f"cell {position}"
                return f"{name}: {output.get('ename', '')}: {output.get('evalue', '')}"
    return None


def _data(notebook: Any) -> Iterator[dict[str, Any]]:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            yield output.get("data") or {}


def html_of(notebook: Any, *, title: str, failure: str = "", seal: Seal | None = None, checkpoint: str = "") -> str:
    """Return the HTML of an executed notebook; with ``failure`` it says at the top that it is not whole.

    A ``checkpoint`` of the journal stands in a block of its own at the end: it is of the moment, the rest of the data.
    """
    from nbconvert.exporters.templateexporter import TemplateExporter  # noqa: PLC0415 - half a second

    exporter = TemplateExporter(  # type: ignore[no-untyped-call] # nbconvert ships no types
        template_name="pack", extra_template_basedirs=[str(_TEMPLATES)], template_file="index.html.j2"
    )
    inner, _ = exporter.from_notebook_node(notebook)
    banner = (
        '<div class="bos-banner" data-tone="breach" data-status="failed" role="alert"><p><strong>This report failed '
        f"and is not whole.</strong> status=failed · {escape(failure)}</p></div>"
        if failure
        else ""
    )
    word = (
        '<footer class="bos-pack__made"><p class="bos-hint">The audit trail when this was made; it shows later that '
        f"nothing before was changed: <code>{escape(checkpoint)}</code></p></footer>"
        if checkpoint
        else ""
    )
    body = f'<main class="bos-page bos-pack">{banner}{inner}{word}</main>'
    meta = f'<meta name="bos-pack" content="{escape(seal.pack)}">\n' if seal else ""
    return page(title=title, body=body, head=f"{meta}<style>\n{_style()}\n</style>\n")
