"""The expanded template: a route lost here is an endpoint that answers 404 only on the local stack."""

import unittest
from typing import Any

from local import expand, parameters
from local.settings import ROOT

SAM = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Architecture: { Type: String, Default: arm64 }
Globals:
  Function: { Runtime: provided.al2023, Handler: bootstrap, Architectures: [!Ref Architecture] }
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties: { CorsConfiguration: { AllowOrigins: ["*"], MaxAge: 600 } }
  Send:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: s3://code/send.zip
      Events:
        Post: { Type: HttpApi, Properties: { ApiId: !Ref Api, Method: POST, Path: /messages/send } }
        Look: { Type: HttpApi, Properties: { ApiId: !Ref Api, Method: GET, Path: "/messages/{id}" } }
  Rest:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: s3://code/rest.zip
      Events:
        All: { Type: HttpApi, Properties: { ApiId: !Ref Api, Method: ANY, Path: $default } }
"""

API_ID = "0badcafe"


def resources(text: str = SAM) -> dict[str, Any]:
    template = expand.expand(expand.read(text), {"Architecture": "x86_64"}, API_ID)
    found: dict[str, Any] = template["Resources"]
    return found


def of_type(kind: str, text: str = SAM) -> dict[str, Any]:
    return {name: resource["Properties"] for name, resource in resources(text).items() if resource["Type"] == kind}


def api(paths: dict[str, Any], **body: Any) -> dict[str, Any]:
    """A plain template with one HTTP API that has these operations."""
    properties = {"Body": {"paths": paths, **body}}
    return {"Resources": {"Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": properties}}}


def operation(function: str, **other: Any) -> dict[str, Any]:
    return {"x-amazon-apigateway-integration": {"type": "aws_proxy", "uri": function}, **other}


class Expand(unittest.TestCase):
    def test_each_event_becomes_a_route(self) -> None:
        keys = {route["RouteKey"] for route in of_type("AWS::ApiGatewayV2::Route").values()}
        self.assertEqual(keys, {"POST /messages/send", "GET /messages/{id}", "$default"})

    def test_each_route_leads_to_its_function(self) -> None:
        integrations = of_type("AWS::ApiGatewayV2::Integration")
        for route in of_type("AWS::ApiGatewayV2::Route").values():
            target = route["Target"]["Fn::Sub"].removeprefix("integrations/${").removesuffix("}")
            function = "Rest" if route["RouteKey"] == "$default" else "Send"
            self.assertIn(f"${{{function}.Arn}}", str(integrations[target]["IntegrationUri"]))

    def test_routes_of_one_function_share_their_integration(self) -> None:
        self.assertEqual(len(of_type("AWS::ApiGatewayV2::Integration")), 2)

    def test_the_api_has_no_body_and_the_pinned_id(self) -> None:
        (properties,) = of_type("AWS::ApiGatewayV2::Api").values()
        self.assertNotIn("Body", properties)
        self.assertEqual(properties["Tags"]["ms-custom-id"], API_ID)

    def test_cors_keys_are_those_that_ministack_reads(self) -> None:
        (properties,) = of_type("AWS::ApiGatewayV2::Api").values()
        self.assertEqual(properties["CorsConfiguration"], {"allowOrigins": ["*"], "maxAge": 600})

    def test_parameters_reach_the_functions(self) -> None:
        for function in of_type("AWS::Lambda::Function").values():
            self.assertIn(function["Architectures"], (["x86_64"], [{"Ref": "Architecture"}]))

    def test_paths_with_the_same_words_are_different_routes(self) -> None:
        template = api({"/a/b": {"get": operation("one")}, "/a-b": {"get": operation("two")}})
        expand.lower_apis(template, API_ID)
        routes = [entry for entry in template["Resources"].values() if entry["Type"] == "AWS::ApiGatewayV2::Route"]
        self.assertEqual({route["Properties"]["RouteKey"] for route in routes}, {"GET /a/b", "GET /a-b"})

    def test_an_authorizer_is_refused_not_dropped(self) -> None:
        for template in (
            api({"/a": {"get": operation("one", security=[{"Jwt": []}])}}),
            api({}, components={"securitySchemes": {"Jwt": {}}}),
        ):
            with self.assertRaises(expand.UnsupportedError):
                expand.lower_apis(template, API_ID)


RESOURCES_MAX = 450
"""AWS allows a stack 500 resources."""
FUNCTIONS_MAX = 78
"""How many functions there is to be room for."""
RESOURCES_OF_A_FUNCTION = 4
"""Function, role, log group and the permission that lets its route call it."""


def packaged() -> dict[str, Any]:
    """template.yaml with packages in the place of folders, as SAM wants it."""
    template = expand.read((ROOT / "template.yaml").read_text())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://code/any.zip"
    return template


class OwnTemplate(unittest.TestCase):
    def test_there_is_room_for_more_functions(self) -> None:
        # As SAM makes it for AWS: the routes are no resources there.
        template = packaged()
        plain = expand.translate(template, parameters.in_force(template, {}))
        types = [resource["Type"] for resource in plain["Resources"].values()]
        functions = types.count("AWS::Lambda::Function")
        self.assertLessEqual(len(types) + RESOURCES_OF_A_FUNCTION * (FUNCTIONS_MAX - functions), RESOURCES_MAX)
        self.assertLessEqual(types.count("AWS::Lambda::Permission"), functions, "about one permission a function")

    def test_the_name_at_aws_can_be_switched_off(self) -> None:
        template = packaged()
        plain = expand.expand(template, parameters.in_force(template, {}), API_ID)
        off = plain["Resources"]["Api"]["Properties"]["DisableExecuteApiEndpoint"]
        self.assertEqual(off, {"Fn::If": ["IsUnderDomainOnly", True, False]})

    def test_no_http_event_of_template_yaml_is_lost(self) -> None:
        text = (ROOT / "template.yaml").read_text()
        declared = set()
        for resource in expand.read(text)["Resources"].values():
            for event in (resource.get("Properties", {}).get("Events") or {}).values():
                if event["Type"] == "HttpApi":
                    method, path = event["Properties"].get("Method", "ANY"), event["Properties"].get("Path", "$default")
                    declared.add("$default" if path == "$default" else f"{method.upper()} {path}")
        template = packaged()
        plain = expand.expand(template, parameters.in_force(template, {}), API_ID)
        routes = [entry for entry in plain["Resources"].values() if entry["Type"] == "AWS::ApiGatewayV2::Route"]
        self.assertEqual({route["Properties"]["RouteKey"] for route in routes}, declared)


if __name__ == "__main__":
    unittest.main()
