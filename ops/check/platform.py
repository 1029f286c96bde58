"""The steps about AWS itself: rights, limits, the bucket, the schedules, cold starts, alarms, throttling."""

from __future__ import annotations

from statistics import median
from typing import Any

import urllib3

from ops.check.api import wait_for
from ops.check.routes import BASE, PHONE, ahead
from ops.check.run import Check
from ops.check.steps import LOOPING
from ops.check.table import Looking, Step, differs, judged, not_seen, ok

FILE = f"phone\n{PHONE}\n".encode()
ORIGIN = "https://page.example.com"
DENIED = ("AccessDenied", "not authorized to perform")
START_LIMIT_MS = 10_000
"""Lambda gives a start 10 s, and begins it anew after that."""
NEW_ACCOUNT = 10
"""The executions at a time that a new account has."""
DEAD_QUEUES = ("TicketsDeadQueueUrl", "TimerDeadQueueUrl", "IngestDeadQueueUrl", "ChoresDeadQueueUrl")
YOUNG_ALARM = "sweep-failing"
"""It fires for the first minutes of every new stack."""
LOCAL = "the local stack does not imitate it"


def bucket_cors(check: Check) -> Looking:
    """The preflight request that a browser sends before it puts a file."""
    yield
    # Only now, since the address is good for minutes.
    upload = check.facts.upload = _new_upload(check)
    headers = {
        "origin": ORIGIN,
        "access-control-request-method": "PUT",
        "access-control-request-headers": "content-type,if-none-match",
    }
    answer = check.http.call("OPTIONS", upload["url"], headers=headers)
    origin, methods = (answer.headers.get(f"access-control-allow-{name}", "") for name in ("origin", "methods"))
    is_allowed = answer.status == 200 and origin in ("*", ORIGIN) and "PUT" in methods
    return judged(is_allowed, f"{answer.status}, {origin or 'no origin'}, {methods}")


def _new_upload(check: Check) -> dict[str, Any]:
    about = {"sessionId": check.facts.sessions[0], "defaultMessage": "hi", "scheduledAt": ahead(days=30)}
    answer = check.main.must("POST", "/messages/bulk/uploads", about | {"fileName": "list.csv", "size": len(FILE)})
    # The client sets the length itself.
    headers = {name: value for name, value in answer["upload"]["headers"].items() if name != "content-length"}
    return {"url": answer["upload"]["url"], "headers": headers, "campaignId": answer["campaignId"]}


def plain_http(check: Check) -> Looking:
    """A file is put without TLS."""
    yield
    upload = check.facts.upload
    if not upload["url"].startswith("https://"):
        return not_seen("the local stack speaks plain HTTP")
    answer = check.http.call("PUT", upload["url"].replace("https://", "http://", 1), FILE, upload["headers"])
    return judged(answer.status == 403, f"{answer.status}")


def wrong_size(check: Check) -> Looking:
    """A longer file than was signed for."""
    yield
    upload = check.facts.upload
    answer = check.http.call("PUT", upload["url"], FILE * 2, upload["headers"])
    return judged(answer.status == 403, f"{len(FILE) * 2} bytes instead of {len(FILE)}: {answer.status}")


def right_size(check: Check) -> Looking:
    """The file that was signed for becomes a campaign; a second one is refused."""
    yield
    upload = check.facts.upload
    first = check.http.call("PUT", upload["url"], FILE, upload["headers"])
    if first.status != 200:
        return differs(f"{first.status} {first.body[:200]!r}")
    again = check.http.call("PUT", upload["url"], FILE, upload["headers"])

    def stored() -> int | None:
        answer = check.main.call("GET", f"/campaigns/{upload['campaignId']}")
        is_there = answer.status == 200 and answer.json["status"] != "ingesting"
        return answer.json["counts"]["total"] if is_there else None

    total = wait_for(stored, check.patience, "the campaign of the uploaded file")
    return judged(total == 1, f"{first.status}, a campaign of {total}; the same again: {again.status}")


def api_cors(check: Check) -> Looking:
    """A page of the first allowed origin asks whether it may send."""
    yield
    origin = check.params.get("AllowedOrigins", "").split(",")[0]
    if not origin:
        return not_seen("the stack has no AllowedOrigins")
    headers = {"origin": origin, "access-control-request-method": "POST", "access-control-request-headers": "x-api-key"}
    answer = check.http.call("OPTIONS", check.base_url + "/messages/send", headers=headers)
    allowed = answer.headers.get("access-control-allow-origin", "")
    return judged(answer.status in (200, 204) and allowed in (origin, "*"), f"{answer.status}, {allowed or 'no origin'}")


def large_body(check: Check) -> Looking:
    """Seven megabytes: more than a function takes, less than the gateway does."""
    yield
    try:
        answer = check.main.call("POST", "/messages/send", b" " * 7_000_000, {"content-type": "application/json"})
    except urllib3.exceptions.HTTPError as error:
        return differs(f"no answer: {type(error).__name__}")
    return judged(answer.status == 413, f"{answer.status} {answer.body[:80].decode(errors='replace')}")


def first_calls(check: Check) -> Looking:
    """What the first caller of each route waited, by this machine's clock."""
    yield
    seconds = check.facts.first_calls
    if not seconds:
        return not_seen("no route was called")
    slowest = max(seconds, key=lambda route: seconds[route])
    text = f"{median(seconds.values()):.2f} s in the middle, {seconds[slowest]:.2f} s for {slowest}"
    return judged(seconds[slowest] < START_LIMIT_MS / 1000, text)


def cold_starts(check: Check) -> Looking:
    """Lambda's reports of all cold starts."""
    yield
    check.watcher.settle()
    reports = check.watcher.reports()
    if reports is None:
        return not_seen("only AWS writes REPORT lines")
    cold = [(report.init_ms, report.function) for report in reports if report.init_ms]
    if not cold:
        return differs("there are no REPORT lines of cold starts")
    slowest, function = max(cold)
    middle = median(init for init, _ in cold)
    text = f"{len(cold)} starts, {middle:.0f} ms in the middle, {slowest:.0f} ms for {function}"
    return judged(slowest < START_LIMIT_MS, text)


def memory(check: Check) -> Looking:
    """What the functions used of what they have."""
    yield
    reports = check.watcher.reports()
    if not reports:
        return not_seen("only AWS writes REPORT lines")
    most = max(reports, key=lambda report: report.used_mb / report.memory_mb)
    return judged(most.used_mb < most.memory_mb, f"{most.used_mb} of {most.memory_mb} MB in {most.function}")


def functions_ran(check: Check) -> Looking:
    """Every function has written a REPORT line: it was called, and may write its log. `promote` and `sweep` by their rules."""
    yield
    reports = check.watcher.reports()
    if reports is None:
        return not_seen("only AWS writes REPORT lines")
    names = _functions(check)
    missing = names - {report.function for report in reports}
    return judged(not missing, f"{len(names - missing)} of {len(names)} ran; not: {', '.join(sorted(missing)) or 'none'}")


def _functions(check: Check) -> set[str]:
    """The names of all functions, without that of the stack."""
    resources = check.template["Resources"].values()
    functions = [item["Properties"] for item in resources if item["Type"] == "AWS::Serverless::Function"]
    return {function["CodeUri"].rstrip("/").split("/")[-1] for function in functions}


def no_access_denied(check: Check) -> Looking:
    """No function was refused anything."""
    yield
    lines = check.watcher.lines(*DENIED)
    return judged(not lines, f"{len(lines)} refusals" + (f", such as {lines[0][:200]}" if lines else ""))


def recursion_setting(check: Check) -> Looking:
    """Lambda's own setting of the functions that call themselves."""
    yield
    client = check.access.client("lambda")
    found = {}
    for function in LOOPING:
        answer = client.get_function_recursion_config(FunctionName=f"{check.access.stack}-{function}")
        found[function] = answer["RecursiveLoop"]
    return judged(set(found.values()) == {"Allow"}, ", ".join(f"{name} {value}" for name, value in found.items()))


def no_recursion_dropped(check: Check) -> Looking:
    """What Lambda has dropped as a loop."""
    yield
    counts = [check.watcher.metric("RecursiveInvocationsDropped", function) for function in LOOPING]
    if None in counts:
        lines = check.watcher.lines("RecursiveInvocationException", "recursive loop detected")
        return judged(not lines, f"{len(lines)} in the log")
    dropped = sum(count or 0 for count in counts)
    return judged(dropped == 0, f"{dropped:.0f} dropped")


def nothing_given_up(check: Check) -> Looking:
    """The dead-letter queues."""
    yield
    sqs = check.access.client("sqs")
    count = 0
    for name in DEAD_QUEUES:
        answer = sqs.get_queue_attributes(QueueUrl=check.outputs[name], AttributeNames=["ApproximateNumberOfMessages"])
        count += int(answer["Attributes"]["ApproximateNumberOfMessages"])
    return judged(count == 0, f"{count} in {len(DEAD_QUEUES)} dead-letter queues")


def small_account(check: Check) -> Looking:
    """Whether everything still went well where Lambda refused executions."""
    yield
    if not check.is_aws:
        return not_seen("only AWS has a quota; locally: make run CONCURRENCY=10")
    limit = check.access.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    throttled = sum(check.watcher.metric("Throttles", function) or 0 for function in _functions(check))
    sent = len(check.facts.sent)
    text = f"quota {limit}, {throttled:.0f} invocations throttled, {sent} of {check.sizes.sends} sent"
    return judged(sent == check.sizes.sends, text) if limit <= NEW_ACCOUNT else not_seen(text)


def alarms(check: Check) -> Looking:
    """The states of the stack's alarms."""
    yield
    if not check.is_aws:
        return not_seen(LOCAL)
    found = check.access.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"{check.access.stack}-")["MetricAlarms"]
    wanted = sum(item["Type"] == "AWS::CloudWatch::Alarm" for item in check.template["Resources"].values())
    states = {alarm["AlarmName"].removeprefix(f"{check.access.stack}-"): alarm["StateValue"] for alarm in found}
    firing = [name for name, state in states.items() if state == "ALARM" and name != YOUNG_ALARM]
    return judged(not firing and len(states) == wanted, ", ".join(f"{name} {state}" for name, state in states.items()))


def no_errors(check: Check) -> Looking:
    """What functions log as errors, and what Lambda says of crashes and time-outs."""
    yield
    lines = check.watcher.errors()
    text = f"{len(lines)} lines" + (f", such as {lines[0][:200]}" if lines else "")
    return judged(not lines, text) if check.is_aws else not_seen(f"{text}; others may use the local stack, too")


def base_path(check: Check) -> Looking:
    """The address that the stack tells is the one that answers."""
    yield
    answer = check.http.call("GET", f"{check.base_url}/openapi.json")
    return ok(f"{answer.status}") if answer.status == 200 and check.base_url.endswith(BASE) else differs(f"{answer.status}")


STEPS = [
    Step("address", "the API answers under the base URL that the stack names", base_path),
    Step("bucket: CORS", "a page of any origin may put a file into the bucket", bucket_cors),
    Step("bucket: TLS", "the bucket refuses plain HTTP", plain_http),
    Step("upload: wrong size", "a file of another size than was signed for is refused with 403", wrong_size),
    Step("upload: right size", "a file of the right size becomes a campaign, once", right_size),
    Step("API: CORS", "a page of an allowed origin may call the API", api_cors),
    Step("API: large body", "a body of 7 MB is refused with 413", large_body),
    Step("first calls", "the first call of each route is answered within 10 s", first_calls),
    Step("cold starts", "every function starts within Lambda's 10 s, reading its secret", cold_starts),
    Step("memory", "no function uses all of its memory", memory),
    Step("functions", "every function ran and may write its log; the schedules call theirs", functions_ran),
    Step("rights", "no role lacks a right that its function needs", no_access_denied),
    Step("recursion: setting", "the functions that call themselves may do so for ever", recursion_setting),
    Step("recursion: dropped", "Lambda drops no invocation as a loop", no_recursion_dropped),
    Step("dead letters", "nothing is given up", nothing_given_up),
    Step("small account", f"with {NEW_ACCOUNT} executions for all functions, everything is sent, though later", small_account),
    Step("alarms", "all alarms are there, and none fires but a new stack's sweep-failing", alarms),
    Step("errors", "no function logs an error, crashes or runs into its time-out", no_errors),
]
