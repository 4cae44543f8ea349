"""A page as HTML, cell by cell: Voila's renderer, with words and an incident number where a cell fails."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import nbformat
from voila.notebook_renderer import NotebookRenderer
from voila.utils import get_page_config

from bos.logs import incident
from bos.serve.apps import pages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bos.serve.apps.app import Apps
    from bos.serve.apps.handlers import Page

_log = logging.getLogger("bos.apps")


class Renderer(NotebookRenderer):
    """Renders a notebook; a cell that fails ends the page with an incident number."""

    async def _jinja_cell_generator(self, nb: Any, kernel_id: str) -> AsyncIterator[Any]:
        del kernel_id
        for index, cell in enumerate(nb.cells):
            if cell.cell_type == "code":
                cell.outputs = []
            try:
                done = await self.executor.execute_cell(cell, None, index, store_history=False)
            except Exception as error:  # noqa: BLE001 - whatever it is, the page says so
                yield _failed(error, self.base_url)
                break
            yield done
        await self._cleanup_resources()


def _failed(error: Exception, home: str) -> Any:
    number = incident(_log, error).details["incident"]
    html = {
        "text/html": f'<main class="bos-page bos-page--narrow">{pages.failure(number)}{pages.leads_home(home)}</main>'
    }
    return nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("display_data", data=html)])


async def rendered(voila: Apps, handler: Page, notebook: str) -> AsyncIterator[str]:
    """Yield the page of a notebook, run in a kernel of the visitor who asks; one that fails ends in words.

    Raises:
        HTTPError: there is no kernel for the visitor.
    """
    config = voila.voila_configuration
    settings = handler.settings
    page_config = get_page_config(base_url=voila.base_url, settings=settings, log=voila.log, voila_configuration=config)
    renderer = Renderer(
        request_handler=handler,
        voila_configuration=config,
        traitlet_config=voila.config,
        notebook_path=notebook,
        template_paths=voila.template_paths,
        config_manager=voila.config_manager,
        contents_manager=voila.contents_manager,
        base_url=voila.base_url,
        kernel_spec_manager=voila.kernel_spec_manager,
        page_config=page_config,
        mathjax_config="",
        mathjax_url="",
    )
    await renderer.initialize()
    request = handler.request
    env = {
        "QUERY_STRING": request.query or "",
        "SCRIPT_NAME": request.path,
        "SERVER_NAME": request.host_name,
        "SERVER_PORT": request.host.rpartition(":")[2],
    }
    kernel = await voila.kernel_manager.start_kernel(kernel_name=renderer.notebook.metadata.kernelspec.name, env=env)
    parts = renderer.generate_content_generator(kernel, voila.kernel_manager.get_kernel(kernel))
    begun = False
    try:
        async for part, _ in parts:
            yield part
            begun = True
    except Exception as error:
        if not begun:
            raise
        yield pages.broken_off(incident(_log, error).details["incident"], voila.base_url)
