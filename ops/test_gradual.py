"""What SAM makes of a template that was made gradual."""

import unittest
from typing import Any

from local import expand, parameters
from local.settings import ROOT
from ops import gradual


def resources(preference: str | None, release: str = "1", **given: str) -> dict[str, Any]:
    """The resources of template.yaml as CloudFormation gets them."""
    template = expand.read((ROOT / "template.yaml").read_text())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://code/any.zip"
    if preference:
        gradual.make_gradual(template, preference, release)
    plain = expand.expand(template, parameters.in_force(template, given), "0badcafe")
    found: dict[str, Any] = plain["Resources"]
    return found


def of_type(kind: str, found: dict[str, Any]) -> list[str]:
    return [name for name, resource in found.items() if resource["Type"] == kind]


class Gradual(unittest.TestCase):
    def test_without_it_there_is_no_alias(self) -> None:
        found = resources(None)
        self.assertEqual(of_type("AWS::Lambda::Alias", found) + of_type("AWS::Lambda::Version", found), [])

    def test_the_functions_that_send_are_shifted(self) -> None:
        found = resources("Canary10Percent5Minutes")
        aliases = of_type("AWS::Lambda::Alias", found)
        self.assertEqual(len(aliases), len(gradual.FUNCTIONS))
        for alias in aliases:
            self.assertIn("CodeDeployLambdaAliasUpdate", found[alias]["UpdatePolicy"])
        for name in of_type("AWS::CodeDeploy::DeploymentGroup", found):
            alarms = found[name]["Properties"]["AlarmConfiguration"]["Alarms"]
            self.assertEqual([alarm["Name"]["Ref"] for alarm in alarms], list(gradual.ALARMS))
            self.assertLessEqual(set(gradual.ALARMS), set(found))

    def test_queues_call_the_alias(self) -> None:
        mapping = resources("AllAtOnce")["DispatchFunctionHigh"]["Properties"]
        self.assertEqual(mapping["FunctionName"], {"Ref": "DispatchFunctionAliaslive"})

    def test_each_release_is_a_version_of_its_own(self) -> None:
        versions = [set(of_type("AWS::Lambda::Version", resources("AllAtOnce", release))) for release in ("1", "2")]
        self.assertEqual(versions[0] & versions[1], set())


if __name__ == "__main__":
    unittest.main()
