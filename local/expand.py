"""Turns the SAM template into plain CloudFormation that MiniStack understands.

SAM writes the routes of an HTTP API as an OpenAPI document in the API's `Body`. MiniStack 1.5.33 drops it
without a word and the API has no routes, so each operation becomes a Route and an Integration of its own.
"""

from __future__ import annotations

import json
import logging
import re
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from local.settings import REGION

# It complains about its own metrics that nobody published.
logging.getLogger("samtranslator").setLevel(logging.ERROR)

Template = dict[str, Any]
Resources = dict[str, Any]


class UnsupportedError(ValueError):
    """The template uses something that this module would drop; saying so beats an API that behaves differently."""


def read(text: str) -> Template:
    """Parses a template with CloudFormation's short forms (`!Ref` and the like)."""
    template: Template = yaml_parse(text)
    return template


def expand(template: Template, params: dict[str, str], api_id: str) -> Template:
    """SAM to CloudFormation, with native routes; the HTTP API gets the given id."""
    plain = translate(template, params)
    lower_apis(plain, api_id)
    return plain


def translate(template: Template, params: dict[str, str]) -> Template:
    """SAM to CloudFormation, as AWS does it."""
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name=REGION))
    plain: Template = translator.translate(sam_template=template, parameter_values=dict(params))
    return plain


def lower_apis(template: Template, api_id: str) -> None:
    """Replaces the `Body` of each HTTP API by native resources."""
    resources: Resources = template["Resources"]
    for name, api in list(resources.items()):
        if api["Type"] != "AWS::ApiGatewayV2::Api":
            continue
        added = _lower(name, api["Properties"], api_id)
        taken = set(added) & set(resources)
        if taken:
            raise UnsupportedError(f"These names of resources are needed for routes: {sorted(taken)}")
        resources.update(added)


def _lower(name: str, properties: dict[str, Any], api_id: str) -> Resources:
    body: dict[str, Any] = properties.pop("Body", None) or {}
    properties.pop("FailOnWarnings", None)
    properties.setdefault("Name", body.get("info", {}).get("title", name))
    properties.setdefault("ProtocolType", "HTTP")
    properties.setdefault("Tags", {})["ms-custom-id"] = api_id
    _lower_cors(properties, body)
    _lower_endpoint(properties, body)
    if body.get("components", {}).get("securitySchemes"):
        raise UnsupportedError(f"{name} has an authorizer, which local/expand.py does not carry over.")
    return _routes(name, body.get("paths") or {})


def _lower_cors(properties: dict[str, Any], body: dict[str, Any]) -> None:
    # MiniStack reads the keys in lower camel case, also where CloudFormation writes them with a capital.
    cors = properties.pop("CorsConfiguration", None) or body.get("x-amazon-apigateway-cors")
    if cors and next(iter(cors)).startswith("Fn::"):
        properties["CorsConfiguration"] = cors  # SAM has written what is inside in lower camel case
    elif cors:
        properties["CorsConfiguration"] = {key[0].lower() + key[1:]: value for key, value in cors.items()}


def _lower_endpoint(properties: dict[str, Any], body: dict[str, Any]) -> None:
    for server in body.get("servers") or []:
        endpoint = server.get("x-amazon-apigateway-endpoint-configuration") or {}
        if "disableExecuteApiEndpoint" in endpoint:
            properties["DisableExecuteApiEndpoint"] = endpoint["disableExecuteApiEndpoint"]


def _routes(api: str, paths: dict[str, Any]) -> Resources:
    added: Resources = {}
    integrations: dict[str, str] = {}
    for path, operations in paths.items():
        for method, operation in operations.items():
            integration = operation.get("x-amazon-apigateway-integration")
            if integration is None:
                continue
            if any(operation.get("security") or []):
                raise UnsupportedError(f"{method} {path} has an authorizer, which local/expand.py does not carry over.")
            key = json.dumps(integration, sort_keys=True)
            if key not in integrations:
                integrations[key] = f"{api}Integration{len(integrations)}"
                added[integrations[key]] = _integration(api, integration)
            added[_route_name(api, method, path, added)] = _route(api, method, path, integrations[key])
    return added


def _integration(api: str, integration: dict[str, Any]) -> dict[str, Any]:
    properties = {
        "ApiId": {"Ref": api},
        "IntegrationType": integration["type"].upper(),
        "IntegrationUri": integration["uri"],
        "IntegrationMethod": integration.get("httpMethod", "POST"),
        "PayloadFormatVersion": str(integration.get("payloadFormatVersion", "2.0")),
    }
    if "timeoutInMillis" in integration:
        properties["TimeoutInMillis"] = integration["timeoutInMillis"]
    return {"Type": "AWS::ApiGatewayV2::Integration", "Properties": properties}


def _route(api: str, method: str, path: str, integration: str) -> dict[str, Any]:
    properties = {
        "ApiId": {"Ref": api},
        "RouteKey": _route_key(method, path),
        "Target": {"Fn::Sub": f"integrations/${{{integration}}}"},
    }
    return {"Type": "AWS::ApiGatewayV2::Route", "Properties": properties}


def _route_key(method: str, path: str) -> str:
    if path.lstrip("/") == "$default":
        return "$default"
    return f"{'ANY' if method == 'x-amazon-apigateway-any-method' else method.upper()} {path}"


def _route_name(api: str, method: str, path: str, taken: Resources) -> str:
    verb = "Any" if method == "x-amazon-apigateway-any-method" else method.title()
    words = "".join(word.capitalize() for word in re.split(r"[^A-Za-z0-9]+", path) if word)
    name, number = f"{api}Route{verb}{words}", 1
    while name in taken:  # /a/b and /a-b are the same words
        number += 1
        name = f"{api}Route{verb}{words}{number}"
    return name
