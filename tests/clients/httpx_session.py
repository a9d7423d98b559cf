"""httpx: one kept-alive session through the happy path of every dialect."""

import json
import sys

import httpx

held = json.load(sys.stdin)
animeloop, pnut, tokens = held["animeloop"], held["pnut"], held["token_generator"]
auth_api, manis, oauth = held["auth_api"], held["manis"], held["oauth"]
facts = {}
connections = set()


def keep(response):
    connections.add(response.extensions["network_stream"].get_extra_info("client_addr"))


with httpx.Client(base_url=held["base_url"], trust_env=False, event_hooks={"response": [keep]}) as api:
    login = {"username": animeloop["username"], "password": animeloop["password"]}
    facts["animeloop"] = [
        api.post(f"/api/v2/auth/{path}", json=body).json()["code"]
        for path, body in [("login", login), ("token/new", None), ("token", None), ("token/revoke", None), ("logout", None)]
    ]
    grant = {
        "grant_type": "password",
        "client_id": pnut["client_id"],
        "password_grant_secret": pnut["password_grant_secret"],
        "username": pnut["username"],
        "password": pnut["password"],
        "scope": "basic,email",
    }
    bearer = {"Authorization": "Bearer " + api.post("/v1/oauth/access_token", data=grant).json()["access_token"]}
    facts["pnut"] = [api.request(method, "/v1/token", headers=bearer).status_code for method in ("GET", "DELETE", "GET")]
    derived = api.post(
        "/api/v1/token",
        data={"permission": json.dumps({"abilities": {"a": {"Access": {"see": True}}}})},
        headers={"Authorization": f'Token token="{tokens["user_token"]}"'},
    )
    facts["token_generator"] = [derived.status_code, sorted(derived.json())]
    client = {"client_id": auth_api["client_id"], "client_secret": auth_api["client_secret"]}
    long = api.post(
        "/v1/auth/tokens/long",
        json={"grant_type": "client_credentials", **client},
        headers={"X-Client-Id": auth_api["client_id"]},
    )
    as_long = {"Authorization": "Bearer " + long.json()["access_token"]}
    short = api.post("/v1/auth/tokens/short", headers=as_long)
    end = api.post(f"/v1/auth/tokens/{short.json()['token_id']}/revoke", headers=as_long)
    facts["auth_api"] = [long.status_code, short.status_code, end.status_code]
    merchant = {"x-merchant-id": manis["merchant_id"], "x-secret": manis["secret"]}
    issued = api.post("/api/v1/auth/token", headers=merchant)
    facts["manis"] = [issued.status_code, issued.json()["tokenType"]]
    server = httpx.BasicAuth(oauth["client_id"], oauth["client_secret"])
    token = {"token": issued.json()["token"]}
    facts["oauth"] = [
        api.post("/oauth/introspect", data=token, auth=server).json()["active"],
        api.post("/oauth/revoke", data=token, auth=server).status_code,
        api.post("/oauth/introspect", data=token, auth=server).json()["active"],
        [key["alg"] for key in api.get("/.well-known/jwks.json").json()["keys"]],
    ]
facts["connections"] = len(connections)
print(json.dumps(facts))
