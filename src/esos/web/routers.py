"""Routers of the one application that they are made for."""

from typing import Any, Self

from litestar import Router
from litestar.handlers import HTTPRouteHandler
from litestar.routes import BaseRoute
from litestar.types import ControllerRouterHandler


class OwnRouter(Router):
    """A router that serves in one application only, made in less than half the time.

    Litestar copies a router with all that it holds before it registers it, so that the same one may serve in several.
    Ours are made anew for each application, and what their handlers take is the same in each.
    """

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def register(self, value: ControllerRouterHandler) -> list[BaseRoute]:
        """As any router does; what a handler takes is read from its function once for all applications."""
        if isinstance(value, HTTPRouteHandler):
            _ = value.parsed_fn_signature  # kept on the handler, of which each application has a copy
        return super().register(value)
