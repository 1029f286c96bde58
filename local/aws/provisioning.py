"""Properties of resources that MiniStack leaves out when it deploys a template, and checks that it leaves out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ministack.services.lambda_svc as lambdas
from ministack.services.cloudformation import provisioners

Record = dict[str, Any]


def after_function(configure: Callable[[Record, Record], None]) -> None:
    """Calls `configure(function, properties)` whenever CloudFormation has made or changed a function."""
    handler = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]
    create, update = handler["create"], handler["update"]

    def create_configured(logical_id: str, properties: Record, stack: str) -> Any:
        name, attributes = create(logical_id, properties, stack)
        configure(lambdas._functions[name], properties)
        return name, attributes

    def update_configured(name: str, old: Record, new: Record, *rest: Any, **kwargs: Any) -> Any:
        made, attributes = update(name, old, new, *rest, **kwargs)
        configure(lambdas._functions[made], new)
        return made, attributes

    handler.update({"create": create_configured, "update": update_configured})


def before(kind: str, check: Callable[[Record], None]) -> None:
    """Calls `check(properties)` before a resource of the type is made or changed; it raises what is wrong with it."""
    handler = provisioners._RESOURCE_HANDLERS[kind]
    create, update = handler["create"], handler["update"]

    def create_checked(logical_id: str, properties: Record, stack: str) -> Any:
        check(properties)
        return create(logical_id, properties, stack)

    def update_checked(physical_id: str, old: Record, new: Record, *rest: Any, **kwargs: Any) -> Any:
        check(new)
        return update(physical_id, old, new, *rest, **kwargs)

    handler.update({"create": create_checked, "update": update_checked})
