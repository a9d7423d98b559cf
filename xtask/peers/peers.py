"""Runs other people's tools on drifts of the document, beside a running demo, and says which drift each of them saw.

Usage: peers.py TARGET URL [TOOL …], started by `cargo xtask peers`: TARGET has the tools, `documents/` with the
document as it is (`base.json`) and with each drift, and `ours.json` with what our own proofs said. Writes
`TARGET/results.json` and prints the table. A drift counts as seen by a tool when what the tool says about the drifted
document is not what it says about the document as it is.

Or: peers.py TARGET URL --server ID, for a server that has drifted while the document is as it is (ID `none`: a server that
has not); adds what the two tools say that look at servers to `TARGET/server.json`.
"""

import base64
import functools
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
TARGET, URL = Path(sys.argv[1]), sys.argv[2]
DOCUMENTS = TARGET / "documents"
DEMO = json.loads(Path(os.environ["TESSERA_CREDENTIALS_FILE"]).read_text(encoding="utf-8"))
DRIFTS = json.loads((HERE / "drifts.json").read_text(encoding="utf-8"))
NODE = TARGET / "node" / "node_modules" / ".bin"
CARGO = TARGET / "cargo" / "bin"
SCHEMATHESIS = PROJECT / "tests" / "schemathesis"
EXAMPLES = 10
QUIET = os.environ | {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}
KINDS = ["wire", "slack", "documentation", "sdk", "benign"]


def document(name):
    return DOCUMENTS / f"{name}.json"


def run(*command, environment=QUIET, folder=DOCUMENTS, errors=subprocess.DEVNULL):
    """What a program prints, and its exit code."""
    done = subprocess.run(
        [str(part) for part in command], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True, timeout=600
    )
    return done.stdout, done.returncode


# What each tool says about a document; the same for two documents means that it sees no difference.


def redocly_lint(name, operations):
    out, _ = run(NODE / "redocly", "lint", "--config", PROJECT / "openapi/redocly.yaml", "--format", "json", document(name))
    problems = json.loads(out[out.index("{") :])["problems"]
    return sorted(problem["ruleId"] for problem in problems)


@functools.cache
def redocly_summary(name):
    out, _ = run(NODE / "redocly", "diff", document("base"), document(name), "--format=json", "--fail-on", "none")
    return json.loads(out[out.index("{") :])["summary"]


def redocly_diff(name, operations, impacts=("major", "minor", "patch")):
    return any(redocly_summary(name)[impact] for impact in impacts)


def redocly_diff_major(name, operations):
    return redocly_diff(name, operations, ("major",))


def spargen_diff(name, operations):
    out, code = run(CARGO / "spargen", "diff", document("base"), document(name), "--format", "json")
    try:
        bump = json.loads(out)["bump"]
    except (ValueError, KeyError):
        return f"refused with exit code {code}"
    return bump not in ("none", "patch")


def spargen_check(name, operations):
    out, code = run(CARGO / "spargen", "check", document(name), errors=subprocess.STDOUT)
    return code, sorted(re.findall(r"\[([WE]\d+)\]", out))


def code_of(path):
    """Generated Rust without comments."""
    files = sorted(path.rglob("*.rs")) if path.is_dir() else [path]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if not line.lstrip().startswith(("//", "#![doc", "#[doc"))]


def oas3_gen(mode):
    def generated(name, operations):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / ("client.rs" if mode == "client" else "server")
            _, code = run(CARGO / "oas3-gen", "generate", mode, "-i", document(name), "-o", path)
            return code_of(path) if code == 0 else f"refused with exit code {code}"

    return generated


def schemathesis(name, operations):
    """Whether it objects to the running server, judged by the document; its seed is fixed."""
    with tempfile.TemporaryDirectory() as folder:
        environment = QUIET | {
            "PYTHONPATH": str(SCHEMATHESIS),
            "PYTHONDONTWRITEBYTECODE": "1",
            "TESSERA_USED_FILE": str(Path(folder) / "used.json"),
        }
        chosen = [part for operation in operations for part in ("--include-operation-id", operation)]
        _, code = run(
            PROJECT / "target/validators/schemathesis/bin/schemathesis",
            *("--config-file", SCHEMATHESIS / "schemathesis.toml", "run", document(name), "--url", URL),
            *("--max-examples", EXAMPLES, "--seed", 1, "--phases", "examples,coverage,fuzzing", *chosen),
            environment=environment,
            folder=folder,
        )
        return code


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def ask(base, method, path, headers=None, body=None):
    """Status, violations that Prism reports, body."""
    data = body.encode() if body is not None else None
    request = urllib.request.Request(base + path, data=data, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def documented_requests():
    """Requests as the document describes them: each operation with good, bad and no credentials, each example."""
    form, js = "application/x-www-form-urlencoded", "application/json"
    encode = urllib.parse.urlencode

    def sent(body, media=js):
        return {"headers": {"Content-Type": media}, "body": json.dumps(body) if media == js else encode(body)}

    def fresh(method, path, **request):
        return json.loads(ask(URL, method, path, **request)[2])

    user = {"username": DEMO["animeloop"]["username"], "password": DEMO["animeloop"]["password"]}
    _, headers, _ = ask(URL, "POST", "/api/v2/auth/login", **sent(user))
    cookie = {"Cookie": headers["Set-Cookie"].split(";")[0]}
    names = ["client_id", "password_grant_secret", "username", "password"]
    grant = {"grant_type": "password", "scope": "basic,email"} | {name: DEMO["pnut"][name] for name in names}
    pnut = fresh("POST", "/v1/oauth/access_token", **sent(grant, form))["access_token"]
    proof = {"grant_type": "client_credentials"} | {
        name: DEMO["auth_api"][name] for name in ["client_id", "client_secret"]
    }
    key = {"X-Client-Id": proof["client_id"]}

    def long_token():
        request = sent(proof)
        return fresh("POST", "/v1/auth/tokens/long", headers=request["headers"] | key, body=request["body"])

    long, spare = long_token(), long_token()
    pair = f"{DEMO['oauth']['client_id']}:{DEMO['oauth']['client_secret']}"
    basic = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
    merchant = {"x-merchant-id": DEMO["manis"]["merchant_id"], "x-secret": DEMO["manis"]["secret"]}
    token = {"Authorization": f'Token token="{DEMO["token_generator"]["user_token"]}"'}

    def bearer(text):
        return {"Authorization": "Bearer " + text}

    def call(method, path, headers=None, body=None, media=js):
        request = sent(body, media) if body is not None else {"headers": {}, "body": None}
        return method, path, request["headers"] | (headers or {}), request["body"]

    animeloop = "/api/v2/auth"
    calls = [
        call("POST", animeloop + "/login", body=user),
        call("POST", animeloop + "/login", body=user, media=form),
        call("POST", animeloop + "/login", body=user | {"password": ""}),
        call("POST", animeloop + "/login", body=user | {"password": "wrong_password"}),
        *(call("POST", animeloop + path, cookie) for path in ["/token/new", "/token", "/token/revoke"]),
        *(call("POST", animeloop + path) for path in ["/token/new", "/token", "/token/revoke", "/logout"]),
        *(call("GET", animeloop + "/token", headers) for headers in [cookie, None]),
        call("POST", "/v1/auth/tokens/long", key, proof),
        call("POST", "/v1/auth/tokens/long", key, proof | {"ttl_seconds": 3600, "scopes": ["jobs:read"]}),
        call("POST", "/v1/auth/tokens/long", key, proof | {"ttl_seconds": 7776000}),
        call("POST", "/v1/auth/tokens/long", key, proof | {"client_secret": "wrong"}),
        call("POST", "/v1/auth/tokens/long", None, proof),
        call("POST", "/v1/auth/tokens/long", key, proof | {"grant_type": "assertion", "assertion": "x.y.z"}),
        call("POST", "/v1/auth/tokens/short", bearer(long["access_token"])),
        call("POST", "/v1/auth/tokens/short", None, {"long_token": long["access_token"]}),
        call("POST", "/v1/auth/tokens/short", None, {"long_token": "lt_unknown"}),
        call("POST", f"/v1/auth/tokens/{spare['token_id']}/revoke", bearer(long["access_token"])),
        call("POST", "/v1/auth/tokens/nothing/revoke", bearer(long["access_token"]), {"reason": "lost"}),
        call("POST", "/v1/auth/tokens/nothing/revoke"),
        call("POST", "/api/v1/auth/token", merchant),
        call("POST", "/api/v1/auth/token", merchant | {"x-secret": "wrong"}),
        call("POST", "/api/v1/auth/token"),
        call("POST", "/oauth/introspect", basic, {"token": pnut}, form),
        call("POST", "/oauth/introspect", basic, {"token": "unknown", "token_type_hint": "refresh_token"}, form),
        call("POST", "/oauth/introspect", None, {"token": pnut}, form),
        call("POST", "/oauth/revoke", basic, {"token": "unknown"}, form),
        call("POST", "/oauth/revoke", None, {"token": "unknown"}, form),
        call("GET", "/.well-known/jwks.json"),
        call("POST", "/v1/oauth/access_token", None, grant, form),
        call("POST", "/v1/oauth/access_token", None, grant | {"password": "wrong"}, form),
        call("POST", "/v1/oauth/access_token", None, grant | {"grant_type": "client_credentials"}, form),
        call("GET", "/v1/token", bearer(pnut)),
        call("GET", "/v1/token", bearer(pnut) | {"X-Pretty-Json": "1"}),
        call("GET", "/v1/token?access_token=" + pnut),
        call("GET", "/v1/token"),
        call("DELETE", "/v1/token", bearer("unknown")),
        call("POST", "/api/v1/token", token, {"permission": "{}"}, form),
        call("POST", "/api/v1/token", token, {"permission": {"abilities": {}}}),
        call("POST", "/api/v1/token", token, {"permission": "[]"}, form),
        call("POST", "/api/v1/token", None, {"permission": "{}"}, form),
    ]
    return calls


REQUESTS = []


def prism(name, operations):
    """What the proxy reports about documented requests and their answers."""
    if not REQUESTS:
        REQUESTS.extend(documented_requests())
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    proxy = subprocess.Popen(
        [str(NODE / "prism"), "proxy", str(document(name)), URL, "-p", str(port), "-v", "info"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=QUIET,
    )
    try:
        for line in proxy.stdout:
            if "is listening" in line:
                break
        else:
            return "did not start"
        # Its log is not read further, and must not fill the pipe.
        drain = subprocess.Popen(["cat"], stdin=proxy.stdout, stdout=subprocess.DEVNULL)
        seen = []
        for request in REQUESTS:
            _, headers, body = ask(base, *request)
            violations = json.loads(headers.get("sl-violations") or "[]")
            told = sorted((violation["location"][0], violation["message"]) for violation in violations)
            # What it refuses by itself, such as a path it does not know, carries a type of its own.
            seen.append((b"stoplight.io/prism/errors" in body, told))
        return seen
    finally:
        proxy.kill()
        proxy.wait()
        drain.wait()


TOOLS = {
    "redocly lint": redocly_lint,
    "redocly diff, any": redocly_diff,
    "redocly diff, major": redocly_diff_major,
    "spargen check": spargen_check,
    "spargen diff, minor or more": spargen_diff,
    "oas3-gen client: other code": oas3_gen("client"),
    "oas3-gen server: other code": oas3_gen("server-mod"),
    "schemathesis run": schemathesis,
    "Prism proxy": prism,
}


def compare(tool, say):
    """Per drift whether the tool sees it, and the mean time per document."""
    print(tool, end=" ", file=sys.stderr, flush=True)
    known = {}
    whole = say("base", []) if tool != "schemathesis run" else None
    seen, spent = {}, 0.0
    for drift in DRIFTS:
        operations = drift["operations"]
        started = time.monotonic()
        said = say(drift["id"], renamed(drift) if tool == "schemathesis run" else operations)
        spent += time.monotonic() - started
        if tool == "schemathesis run":
            # A failure without a drift would be a false alarm; the second opinion shows that there is none.
            whole = 0
        seen[drift["id"]] = said != whole
        print("!" if seen[drift["id"]] else ".", end="", file=sys.stderr, flush=True)
    print(f" {spent / len(DRIFTS):.1f} s each", file=sys.stderr)
    return {"seen": seen, "seconds": spent / len(DRIFTS)}


def renamed(drift):
    """The drifted operations as the drifted document calls them; where they are gone, all."""
    text = document(drift["id"]).read_text(encoding="utf-8")
    names = [name for name in drift["operations"] if f'"{name}"' in text]
    return names or (["manis_make_token"] if "manis_make_token" in text else [])


def table(results):
    count = {kind: sum(drift["kind"] == kind for drift in DRIFTS) for kind in KINDS}
    head = [f"{kind} {count[kind]}" if kind != "benign" else f"false alarms {count[kind]}" for kind in KINDS]
    lines = ["| tool | " + " | ".join(head) + " | s per document |", "| --- |" + " ---: |" * (len(KINDS) + 1)]
    for tool, result in results.items():
        cells = [
            str(sum(result["seen"][drift["id"]] for drift in DRIFTS if drift["kind"] == kind)) for kind in KINDS
        ]
        lines.append(f"| {tool} | " + " | ".join(cells) + f" | {result['seconds']:.2f} |")
    return "\n".join(lines)


def server(name):
    """What is said of one server; a driver that falls over has seen something."""
    kept = TARGET / "server.json"
    told = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
    said = {}
    for tool in ["schemathesis run", "Prism proxy"]:
        try:
            said[tool] = TOOLS[tool]("base", [])
        except (KeyError, TypeError, ValueError, OSError) as error:
            said[tool] = repr(error)
    told[name] = said
    kept.write_text(json.dumps(told), encoding="utf-8")
    for tool in said:
        # Through JSON and back, lists and tuples are alike.
        known = json.loads(json.dumps(told["none"][tool]))
        count = sum(one[tool] != known for one in json.loads(json.dumps(told)).values())
        print(f"{tool}: {count} of {len(told) - 1}", end="; ")
    print(name)


def main():
    if sys.argv[3:4] == ["--server"]:
        return server(sys.argv[4])
    kept = TARGET / "results.json"
    only = sys.argv[3:]
    results = json.loads(kept.read_text(encoding="utf-8")) if only and kept.is_file() else {}
    for tool, say in TOOLS.items():
        if not only or tool in only:
            results[tool] = compare(tool, say)
            kept.write_text(json.dumps(results, indent=1), encoding="utf-8")
    ours = TARGET / "ours.json"
    if ours.is_file():
        results = results | json.loads(ours.read_text(encoding="utf-8"))
    print(table(results))
    for drift in DRIFTS:
        if drift["kind"] != "benign":
            by = [tool for tool, result in results.items() if result["seen"][drift["id"]]]
            print(f"{drift['kind']:14} {drift['id']:32} {', '.join(by) or 'nobody'}", file=sys.stderr)


main()
