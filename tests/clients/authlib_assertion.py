"""Authlib: its private_key_jwt as it comes, 60 minutes long, and with ends of the caller's own."""

import json
import sys
import time

import requests
from authlib.oauth2.rfc7523 import private_key_jwt_sign
from joserfc.jwk import OKPKey

held = json.load(sys.stdin)
client = held["auth_api"]
audience = held["base_url"] + "/v1/auth/tokens/long"
key = OKPKey.import_key(client["assertion_key_pem"])


def asserted(**more):
    assertion = private_key_jwt_sign(key, client["client_id"], audience, **more)
    answer = requests.post(
        audience,
        json={
            "grant_type": "assertion",
            "client_id": client["client_id"],
            "assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "assertion": assertion,
        },
        headers={"X-Client-Id": client["client_id"]},
    )
    return [answer.status_code, answer.json().get("message", "")]


now = time.time()
facts = {
    "stock": asserted(alg="EdDSA"),
    "stock_by_its_own_name": asserted(alg="Ed25519"),
    "with_a_kid": asserted(alg="EdDSA", header={"kid": client["assertion_kid"]}),
    "for_a_minute": asserted(alg="EdDSA", expires_in=60)[0],
    "for_a_minute_and_a_fraction": asserted(alg="EdDSA", issued_at=now, expires_at=now + 60)[0],
    "for_two_hours": asserted(alg="EdDSA", expires_in=7200),
}
print(json.dumps(facts))
