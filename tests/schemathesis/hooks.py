"""What schemathesis has to know about a running demo: good credentials, what is live, and the accepted failures.

`TESSERA_TRIALS_URL` is where the tests' trials answer what a good request of an operation is made of. The environment
names two files besides: `TESSERA_ACCEPTED_FILE`, the list of accepted failures, and `TESSERA_USED_FILE`, where the run
says how often it needed each of them. Operations go by the names that the committed document gives them.
"""

import atexit
import json
import os
import threading
import zlib
from pathlib import Path
from urllib.parse import parse_qsl

import requests
import schemathesis


TRIALS = os.environ["TESSERA_TRIALS_URL"]
LOCK = threading.Lock()
DOCUMENT = json.loads(Path(__file__).parents[2].joinpath("openapi/openapi.json").read_text(encoding="utf-8"))
SCHEMES = DOCUMENT["components"]["securitySchemes"]
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}


def trials(what, operation, **numbers):
    """What the trials tell about an operation."""
    answer = requests.get(f"{TRIALS}/{what}", params={"operation": operation} | numbers, timeout=30)
    answer.raise_for_status()
    return answer.json()


def coin(case, sides):
    """A number below `sides` that depends on the generated case alone, so that a seed repeats a run."""
    parts = [case.operation.label, case.path_parameters, case.query, case.headers, case.body]
    return zlib.crc32(repr(parts).encode("utf-8", "backslashreplace")) % sides


def operation_of(case):
    """The name of a case's operation; nothing if the committed document has none like it."""
    return OPERATIONS.get(case.operation.label, {}).get("operationId")


# Each number of alternatives and bodies divides it.
MANY = 720720


@schemathesis.auth(refresh_interval=None)
class Demo:
    """The demo's credentials, by operation: those of one security requirement."""

    def get(self, case, context):
        operation = operation_of(case)
        return trials("credentials", operation, alternative=chosen(case)) if operation else None

    def set(self, case, data, context):
        for scheme, text in data.items():
            for where, name, value in declared(case, scheme, text):
                getattr(case, where)[name] = value


PLACES = {"header": "headers", "query": "query", "cookie": "cookies"}


def place(scheme, text):
    """Where the credential of a scheme travels, and as what."""
    if scheme["type"] == "http":
        return "headers", "Authorization", scheme["scheme"].capitalize() + " " + text
    return PLACES[scheme["in"]], scheme["name"], text


def declared(case, scheme, text):
    """The credential as the document at hand declares it, which need not be the committed one; nothing if it does not."""
    raw = case.operation.schema.raw_schema
    required = case.operation.definition.raw.get("security", raw.get("security", []))
    now = raw["components"]["securitySchemes"]
    if scheme in now and any(scheme in alternative for alternative in required):
        return [place(now[scheme], text)]
    return []


def chosen(case):
    """Which security requirement a case is to fulfil: mostly one that asks for something, where there is one."""
    required = OPERATIONS[case.operation.label].get("security", [])
    asking = [index for index, alternative in enumerate(required) if alternative]
    return asking[coin(case, len(asking))] if asking and coin(case, 4) else coin(case, MANY)


def alternative_of(case):
    """Which security requirement of the committed document a case fulfils: the one that asks for most of what it has."""
    required = OPERATIONS[case.operation.label].get("security", [])
    places = lambda alternative: [place(SCHEMES[scheme], "") for scheme in alternative]
    fulfilled = [
        (len(alternative), index)
        for index, alternative in enumerate(required)
        if all(name in (getattr(case, where) or {}) for where, name, _ in places(alternative))
    ]
    return max(fulfilled, default=(0, 0))[1]


def complete(case, operation):
    """What only a running server knows. Generated texts never meet it, and without it most successes would go unseen."""
    live = trials("input", operation, alternative=alternative_of(case), body=coin(case, MANY))
    if live["path"]:
        case.path_parameters.update(live["path"])
    if live["body"] is not None and isinstance(case.body, dict):
        apart = live["apart"]
        case.body = {name: value for name, value in case.body.items() if name not in apart} | live["body"]


@schemathesis.hook
def before_call(context, case, kwargs):
    """Every third valid case is about principals and tokens that exist."""
    operation = operation_of(case)
    if operation and case.meta and case.meta.generation.mode.is_positive and coin(case, 3) == 0:
        complete(case, operation)


def at(value, pointer):
    """What a JSON pointer of plain names leads to, or None."""
    for name in pointer.split("/")[1:]:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def body_of(response):
    try:
        return json.loads(response.content)
    except ValueError:
        return None


def refusal(case, response, equals):
    """Whether the document declares this very answer a refusal, by `x-refusal`."""
    raw = case.operation.definition.raw["responses"].get(str(response.status_code), {})
    declared = raw.get("x-refusal")
    told = declared is not None and at(body_of(response), declared["pointer"]) == declared["equals"]
    return told == equals


def repeated(case, response, equals):
    """Whether a field name stands twice in the form that was sent."""
    sent = response.request.body or b""
    sent = sent if isinstance(sent, bytes) else sent.encode()
    names = [name for name, _ in parse_qsl(sent.decode("utf-8", "replace"), keep_blank_values=True)]
    return (len(names) != len(set(names))) == equals


CONDITIONS = {
    "status": lambda case, response, equals: response.status_code == equals,
    "header": lambda case, response, name: response.headers.get(name.lower()) is not None,
    "body": lambda case, response, members: all(
        at(body_of(response), pointer) in values for pointer, values in members.items()
    ),
    "declared_refusal": refusal,
    "field_sent_twice": repeated,
}

CREDENTIALS = ["cookie"] + [
    place(scheme, "")[1].lower() for scheme in SCHEMES.values() if place(scheme, "")[0] == "headers"
]


def asked_again(request, credentials):
    """The same request with other credentials, in place of all that it had."""
    kept_headers = {name: value for name, value in request.headers.items() if name.lower() not in CREDENTIALS}
    answer = requests.request(
        request.method, request.url, headers=kept_headers | credentials, data=request.body, timeout=10
    )
    return schemathesis.Response.from_requests(answer, verify=False)


def wrong(operation):
    """Well-formed credentials of an operation that are wrong, as headers."""
    headers = {}
    for scheme, text in trials("wrong", operation).items():
        where, name, value = place(SCHEMES[scheme], text)
        if where == "cookies":
            name, value = "Cookie", f"{name}={value}"
        headers[name] = value
    return headers


def holds(case, response, when):
    return all(CONDITIONS[name](case, response, value) for name, value in when.items())


# The check on credentials judges answers that it does not show, so they are asked for again.
CONDITIONS["without_credentials"] = lambda case, response, when: holds(
    case, asked_again(response.request, {}), when
)
CONDITIONS["with_wrong_credentials"] = lambda case, response, when: holds(
    case, asked_again(response.request, wrong(operation_of(case))), when
)

ACCEPTED = json.loads(Path(os.environ["TESSERA_ACCEPTED_FILE"]).read_text(encoding="utf-8"))
USED = [dict.fromkeys(entry["operations"], 0) for entry in ACCEPTED]


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Drops what the list accepts, and counts it."""
    for number, entry in enumerate(ACCEPTED):
        if (
            entry["check"] in failure.checks
            and operation_of(case) in entry["operations"]
            and holds(case, response, entry["when"])
        ):
            with LOCK:
                USED[number][operation_of(case)] += 1
            return False
    return True


@atexit.register
def report():
    with open(os.environ["TESSERA_USED_FILE"], "w", encoding="utf-8") as file:
        json.dump(USED, file)
