"""How Voila is set up for BOS: every default that is too open is closed here, and nothing is read from elsewhere."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import TYPE_CHECKING

from traitlets.config import Config

from bos.home import Home
from bos.look import css
from bos.serve.apps.authorizer import OwnKernels
from bos.serve.apps.identity import SessionIdentity
from bos.serve.apps.kernels import OwnedKernels, OwnKernel, environment

if TYPE_CHECKING:
    from bos.settings import Settings

EXTENSIONS = (
    "@jupyter-widgets/jupyterlab-manager",
    "@voila-dashboards/widgets-manager8",
    "anywidget",
    "jupyterlab-plotly",
)
"""The extensions a page may load; what else is installed on the machine stays out."""
TEMPLATE = "bos"
FRAME = Path(__file__).parent / "templates" / "frame.css"
MESSAGE_BYTES = 64 * 1024 * 1024
"""The longest message of a page: an upload comes as one."""
IDLE_SECONDS = 3600
"""How long a page may be idle; its drafts are saved, and loading it again gives a new kernel."""


def configuration(settings: Settings, *, api_url: str, session_key: str, folder: Path, scratch: Path) -> Config:
    """Return the configuration of Voila for the notebooks of ``folder``; ``scratch`` is a private, empty folder."""
    config = Config()
    config.Voila.update(
        {
            "root_dir": str(folder),
            "base_url": settings.apps_path,
            "open_browser": False,
            "identity_provider_class": SessionIdentity,
            "authorizer_class": OwnKernels,
            "token": "",
        }
    )
    config.Apps.update(
        {
            "public_host": settings.public_host or "",
            "tls_certificate": str(settings.tls_certificate or ""),
            "tls_key": str(settings.tls_key or ""),
        }
    )
    config.VoilaConfiguration.update(
        {
            "template": TEMPLATE,
            "theme": "light",
            "allow_template_override": "NO",
            "allow_theme_override": "NO",
            "file_allowlist": [],
            "extension_allowlist": list(EXTENSIONS),
            "extension_denylist": [],
            "show_tracebacks": False,
            "strip_sources": True,
            "preheat_kernel": False,
            "resources": {"bos_css": css(), "bos_frame_css": FRAME.read_text(encoding="utf-8")},
            "multi_kernel_manager_class": OwnedKernels,
            "kernel_spec_manager_class": OwnKernel,
        }
    )
    seen = {"public_url": settings.public_url or "", "sign_on": settings.sign_on}
    over_sockets(config)
    config.SessionIdentity.update({"api_url": api_url, "session_key": session_key, **seen})
    config.OwnedKernels.update(
        {
            "api_url": api_url,
            "base": environment(api_url, scratch, Home(settings.home).folder("logs") / "apps.log"),
            "imports": imports_of(folder),
            "waiting": settings.apps_warm,
            "most": settings.apps_kernels,
            "most_each": settings.apps_kernels_each,
            "cull_idle_timeout": IDLE_SECONDS,
            "cull_interval": 60,
            "cull_connected": True,
            "cull_busy": False,
        }
    )
    return config


def over_sockets(config: Config) -> None:
    """Have kernels listen on Unix sockets: a TCP port may be taken between its choice and the kernel's start."""
    config.ConnectionFileMixin.transport = "ipc"


def imports_of(folder: Path) -> str:
    """Return the imports of every notebook of a folder as code: what a kernel that waits has loaded already."""
    found = dict.fromkeys(("import bos.client.workbench", "import ipywidgets"))
    for path in sorted(folder.glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                found.update(dict.fromkeys(_imports("".join(cell["source"]))))
    return "\n".join(f"try:\n    {line}\nexcept Exception:\n    pass" for line in found)


def _imports(source: str) -> list[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
    return [ast.unparse(node) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
