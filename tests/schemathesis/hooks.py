"""What schemathesis has to know about a running demo: good credentials, what is live, and the accepted failures.

The environment names three files: `TESSERA_CREDENTIALS_FILE`, what the demo wrote about itself;
`TESSERA_ACCEPTED_FILE`, the list of accepted failures; `TESSERA_USED_FILE`, where the run says how
often it needed each of them. Operations go by the names that the committed document gives them.
"""

import atexit
import base64
import json
import os
import threading
import zlib
from pathlib import Path
from urllib.parse import parse_qsl

import requests
import schemathesis


def read(variable):
    with open(os.environ[variable], encoding="utf-8") as file:
        return json.load(file)


DEMO = read("TESSERA_CREDENTIALS_FILE")
BASE = DEMO["base_url"]
LOCK = threading.Lock()
DOCUMENT = json.loads(Path(__file__).parents[2].joinpath("openapi/openapi.json").read_text(encoding="utf-8"))
NAMES = {
    f"{method.upper()} {path}": operation["operationId"]
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}


def ask(method, path, **arguments):
    """One request outside the run, for a credential that the run may use up."""
    answer = requests.request(method, BASE + path, timeout=10, **arguments)
    answer.raise_for_status()
    return answer


def session():
    """A fresh Animeloop session, as the value of its cookie."""
    user = DEMO["animeloop"]
    body = {"username": user["username"], "password": user["password"]}
    answer = ask("POST", "/api/v2/auth/login", json=body)
    return answer.headers["Set-Cookie"].split(";")[0].split("=", 1)[1]


def pnut_grant():
    """A form that pnut grants a user's token for."""
    names = ["client_id", "password_grant_secret", "username", "password"]
    return {"grant_type": "password", "scope": "basic,email"} | {name: DEMO["pnut"][name] for name in names}


def pnut_token():
    """A fresh token of pnut's user."""
    return ask("POST", "/v1/oauth/access_token", data=pnut_grant()).json()["access_token"]


def client_proof():
    """A body that the auth API issues a long token for."""
    names = ["client_id", "client_secret"]
    return {"grant_type": "client_credentials"} | {name: DEMO["auth_api"][name] for name in names}


def long_token():
    """A fresh long token: the answer, with `access_token` and `token_id`."""
    client, body = DEMO["auth_api"], client_proof()
    return ask("POST", "/v1/auth/tokens/long", json=body, headers={"X-Client-Id": client["client_id"]}).json()


def short_token():
    """A fresh short token of the same client."""
    bearer = {"Authorization": "Bearer " + kept("long", long_token)["access_token"]}
    return ask("POST", "/v1/auth/tokens/short", headers=bearer).json()["access_token"]


KEPT = {}


def kept(name, make):
    """The credential of that name, made when it is first needed."""
    with LOCK:
        if name in KEPT:
            return KEPT[name]
    made = make()
    with LOCK:
        return KEPT.setdefault(name, made)


def coin(case, sides):
    """A number below `sides` that depends on the generated case alone, so that a seed repeats a run."""
    parts = [case.operation.label, case.path_parameters, case.query, case.headers, case.body]
    return zlib.crc32(repr(parts).encode("utf-8", "backslashreplace")) % sides


def authorization(value):
    return {"headers": {"Authorization": value}}


def cookie(value):
    return {"cookies": {"animeloop.auth.sid": value}}


def basic():
    client = DEMO["oauth"]
    pair = client["client_id"] + ":" + client["client_secret"]
    return authorization("Basic " + base64.b64encode(pair.encode()).decode())


def issue_long(case):
    client_id = DEMO["auth_api"]["client_id"]
    if coin(case, 2):
        return {"headers": {"X-Client-Id": client_id}}
    return authorization("Bearer " + kept("short", short_token))


def revoke_long(case):
    if coin(case, 2):
        return authorization("Bearer " + kept("short", short_token))
    return authorization("Bearer " + kept("long", long_token)["access_token"])


def pnut_get(case):
    token = kept("pnut", pnut_token)
    return authorization("Bearer " + token) if coin(case, 2) else {"query": {"access_token": token}}


def pnut_delete(case):
    token = pnut_token()
    return authorization("Bearer " + token) if coin(case, 2) else {"query": {"access_token": token}}


# Per operation, a credential that is good. Operations that end their own credential get a new one each time.
GOOD = {
    "animeloop_create_session": lambda case: cookie(session()) if coin(case, 2) else None,
    "animeloop_delete_session": lambda case: cookie(session()),
} | {
    operation: lambda case: cookie(kept("session", session))
    for operation in [
        "animeloop_get_token",
        "animeloop_read_token",
        "animeloop_create_token",
        "animeloop_revoke_token",
    ]
} | {
    "auth_api_issue_long_token": issue_long,
    "auth_api_issue_short_token": lambda case: authorization("Bearer " + kept("long", long_token)["access_token"]),
    "auth_api_revoke_token": revoke_long,
    "manis_create_token": lambda case: {
        "headers": {"x-merchant-id": DEMO["manis"]["merchant_id"], "x-secret": DEMO["manis"]["secret"]}
    },
    "oauth_introspect_token": lambda case: basic(),
    "oauth_revoke_token": lambda case: basic(),
    "pnut_get_token": pnut_get,
    "pnut_delete_token": pnut_delete,
    "token_generator_create_token": lambda case: authorization(
        'Token token="' + DEMO["token_generator"]["user_token"] + '"'
    ),
}



def operation_of(case):
    return NAMES.get(case.operation.label)


@schemathesis.auth(refresh_interval=None)
class Demo:
    """The demo's credentials, by operation."""

    def get(self, case, context):
        make = GOOD.get(operation_of(case))
        return make(case) if make else None

    def set(self, case, data, context):
        for where, values in data.items():
            for name, value in values.items():
                for where, name, value in declared(case, where, name, value):
                    getattr(case, where)[name] = value


PLACES = {"header": "headers", "query": "query", "cookie": "cookies"}


def place(scheme):
    """Where the credential of a scheme travels."""
    if scheme["type"] == "http":
        return "headers", "Authorization"
    return PLACES[scheme["in"]], scheme["name"]


def declared(case, where, name, value):
    """The credential as the document at hand declares it, which need not be the committed one; nothing if it does not."""
    raw = case.operation.schema.raw_schema
    required = case.operation.definition.raw.get("security", raw.get("security", []))
    asked = {scheme for alternative in required for scheme in alternative}
    for known, scheme in DOCUMENT["components"]["securitySchemes"].items():
        if known in asked and place(scheme) == (where, name):
            now = raw["components"]["securitySchemes"][known]
            if now["type"] == "http":
                value = now["scheme"].capitalize() + " " + value.split(" ", 1)[1]
            return [(*place(now), value)]
    return []


def login(case):
    user = DEMO["animeloop"]
    case.body = {"username": user["username"], "password": user["password"]}


def prove(case):
    """Exactly one proof: the body's secret, or the bearer that the case came with."""
    proof = client_proof()
    case.headers["X-Client-Id"] = proof["client_id"]
    if "Authorization" in case.headers:
        del proof["client_secret"]
    others = ["otp_code", "assertion_type", "assertion", "client_secret", "scopes"]
    case.body = {name: value for name, value in case.body.items() if name not in others} | proof


def unscoped(case):
    if isinstance(case.body, dict):
        case.body.pop("scopes", None)


def doomed(case):
    case.path_parameters["tokenId"] = long_token()["token_id"]


def grant(case):
    case.body = pnut_grant()


def live(case):
    case.body = {"token": pnut_token()}


# What only a running server knows. Generated texts never meet it, and without it most successes would go unseen.
COMPLETED = {
    "animeloop_create_session": login,
    "auth_api_issue_long_token": prove,
    "auth_api_issue_short_token": unscoped,
    "auth_api_revoke_token": doomed,
    "oauth_introspect_token": live,
    "oauth_revoke_token": live,
    "pnut_create_access_token": grant,
}


@schemathesis.hook
def before_call(context, case, kwargs):
    """Every third valid case is about principals and tokens that exist."""
    complete = COMPLETED.get(operation_of(case))
    if complete and case.meta and case.meta.generation.mode.is_positive and coin(case, 3) == 0:
        complete(case)


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

CREDENTIALS = ["authorization", "cookie", "x-merchant-id", "x-secret", "x-client-id"]


def asked_again(request, credentials):
    """The same request with other credentials, in place of all that it had."""
    kept_headers = {name: value for name, value in request.headers.items() if name.lower() not in CREDENTIALS}
    answer = requests.request(
        request.method, request.url, headers=kept_headers | credentials, data=request.body, timeout=10
    )
    return schemathesis.Response.from_requests(answer, verify=False)


# Per operation, well-formed credentials that are wrong.
COOKIE = {"Cookie": "animeloop.auth.sid=s%3Anobody.c2lnbmF0dXJl"}
WRONG = {
    "animeloop_get_token": COOKIE,
    "animeloop_read_token": COOKIE,
    "animeloop_create_token": COOKIE,
    "animeloop_revoke_token": COOKIE,
    "manis_create_token": {"x-merchant-id": "nobody", "x-secret": "nothing"},
}


def holds(case, response, when):
    return all(CONDITIONS[name](case, response, value) for name, value in when.items())


# The check on credentials judges answers that it does not show, so they are asked for again.
CONDITIONS["without_credentials"] = lambda case, response, when: holds(
    case, asked_again(response.request, {}), when
)
CONDITIONS["with_wrong_credentials"] = lambda case, response, when: holds(
    case, asked_again(response.request, WRONG[operation_of(case)]), when
)

ACCEPTED = read("TESSERA_ACCEPTED_FILE")
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
