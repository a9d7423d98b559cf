"""PyJWT: secret tokens and assertions whose dates have fractions, and short tokens verified by the published keys."""

import json
import sys
import time
import urllib.request
import uuid

import jwt

held = json.load(sys.stdin)
origin, auth_api, tokens = held["base_url"], held["auth_api"], held["token_generator"]


def post(path, body=None, **headers):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(origin + path, data, headers, method="POST")
    if body is not None:
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, {}


def secret_token(**dates):
    token = jwt.encode({"iss": tokens["secret_id"], **dates}, tokens["secret"], algorithm="HS256")
    return post("/api/v1/token", {}, Authorization=f'Token token="{token}"')[0]


def asserted(**dates):
    claims = {
        "iss": auth_api["client_id"],
        "sub": auth_api["client_id"],
        "aud": origin + "/v1/auth/tokens/long",
        "jti": str(uuid.uuid4()),
        **dates,
    }
    assertion = jwt.encode(
        claims,
        auth_api["assertion_key_pem"],
        algorithm="EdDSA",
        headers={"kid": auth_api["assertion_kid"]},
    )
    body = {
        "grant_type": "assertion",
        "client_id": auth_api["client_id"],
        "assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "assertion": assertion,
    }
    return post("/v1/auth/tokens/long", body, **{"X-Client-Id": auth_api["client_id"]})


now = int(time.time())
fraction = {"iat": now - 0.81, "nbf": now - 5.5, "exp": now + 60.19}
whole = {"iat": float(now - 1), "exp": float(now + 60)}
status, long = asserted(**fraction)
_, short = post("/v1/auth/tokens/short", Authorization="Bearer " + long.get("access_token", ""))
facts = {
    "secret_token": [secret_token(**fraction), secret_token(**whole), secret_token(exp=now - 0.5)],
    "secret_token_that_never_ends": [secret_token(exp=0), secret_token(exp=0.0), secret_token(exp=0.5)],
    "assertion": [status, asserted(**whole)[0], asserted(exp=now - 0.5)[0]],
}
if short:
    key = jwt.PyJWKClient(origin + "/.well-known/jwks.json").get_signing_key_from_jwt(short["access_token"])
    claims = jwt.decode(short["access_token"], key, algorithms=["EdDSA"], audience="auth_api", issuer=origin)
    facts["short"] = claims["sub"] == auth_api["client_id"]
print(json.dumps(facts))
