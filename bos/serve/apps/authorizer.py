"""What a visitor may do: use the kernels of their own session. Everything else is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_server.auth.authorizer import Authorizer

if TYPE_CHECKING:
    from jupyter_server.base.handlers import JupyterHandler

_ACTIONS = frozenset({"read", "execute"})


class OwnKernels(Authorizer):
    """Lets a visitor read, watch and end a kernel that their session started; nothing else is allowed to anybody."""

    def is_authorized(self, handler: JupyterHandler, user: Any, action: str, resource: str) -> bool:
        """Return whether the kernel that the address names belongs to the visitor's session."""
        kernel = handler.path_kwargs.get("kernel_id")
        if resource != "kernels" or action not in _ACTIONS or kernel is None or user is None:
            return False
        kernels: Any = handler.kernel_manager
        return bool(kernels.is_owner(kernel, user))
