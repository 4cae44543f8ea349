"""``bos cost-rule``: what failures cost."""

import typer

from bos.cli import applying, shelf

app = typer.Typer(help="Cost rules: what one failure costs.", no_args_is_help=True, rich_markup_mode=None)
shelf.lists(app, "cost_rule")
applying.applies(app, "cost_rule")
