"""Makes the next deployment of a built template gradual: the functions that send get the new version bit by bit.

    make build-lambda                                             (or: sam build)
    .local/venv/bin/python -m ops.gradual Canary10Percent5Minutes
    sam deploy

Nobody who does not ask for it pays for it with aliases: SAM cannot make them depend on a parameter, so this command writes them
into the built template. It must then be run before each deployment. One without it takes the aliases away again, and is not
gradual. CodeDeploy goes back to the old version when an alarm of the stack fires meanwhile.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

BUILT = Path(".aws-sam/build/template.yaml")
ALIAS = "live"
FUNCTIONS = ("SendMessageFunction", "DispatchFunction", "WakeFunction", "IngestFunction")
ALARMS = ("TicketsDeadAlarm", "TimerDeadAlarm", "RowsOverdueAlarm")
PREFERENCES = (
    "AllAtOnce",
    "Canary10Percent5Minutes",
    "Canary10Percent10Minutes",
    "Canary10Percent15Minutes",
    "Canary10Percent30Minutes",
    "Linear10PercentEvery1Minute",
    "Linear10PercentEvery2Minutes",
    "Linear10PercentEvery3Minutes",
    "Linear10PercentEvery10Minutes",
)

Template = dict[str, Any]


def make_gradual(template: Template, preference: str, release: str) -> None:
    """Gives the functions that send an alias, and has CodeDeploy shift it to the new version."""
    alarms = [{"Ref": name} for name in ALARMS if name in template["Resources"]]
    for name in FUNCTIONS:
        properties = template["Resources"][name]["Properties"]
        properties["AutoPublishAlias"] = ALIAS
        properties["AutoPublishAliasAllProperties"] = True
        properties["DeploymentPreference"] = {"Type": preference, "Alarms": alarms}
        # SAM publishes a version when the text of a function changes. The value of a parameter is no part of it, so without
        # this a deployment that changes parameters alone would not reach these functions. Nothing reads the variable.
        properties["Environment"]["Variables"]["RELEASE"] = release


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("preference", choices=PREFERENCES)
    parser.add_argument("--template", type=Path, default=BUILT, help=f"the built template (default: {BUILT})")
    arguments = parser.parse_args()
    if not arguments.template.exists():
        sys.exit(f"{arguments.template} is not there; build first: make build-lambda")
    template = yaml_parse(arguments.template.read_text())
    make_gradual(template, arguments.preference, time.strftime("%Y-%m-%dT%H:%M:%S"))
    arguments.template.write_text(json.dumps(template, indent=1))  # JSON is YAML
    print(f"{', '.join(FUNCTIONS)}: {arguments.preference}. Next: sam deploy")


if __name__ == "__main__":
    main()
