"""urllib3: one kept-alive pool through the happy path of every dialect."""

import json
import sys

import urllib3

held = json.load(sys.stdin)
animeloop, pnut, tokens = held["animeloop"], held["pnut"], held["token_generator"]
auth_api, manis, oauth = held["auth_api"], held["manis"], held["oauth"]
facts = {}
pool = urllib3.connection_from_url(held["base_url"], maxsize=1, block=True, retries=False)


def form(method, path, fields=None, **headers):
    return pool.request(method, path, fields=fields, encode_multipart=False, headers=headers)


login = pool.request(
    "POST",
    "/api/v2/auth/login",
    json={"username": animeloop["username"], "password": animeloop["password"]},
)
cookie = login.headers["Set-Cookie"].split(";")[0]
facts["animeloop"] = [login.json()["code"]] + [
    pool.request("POST", f"/api/v2/auth/{path}", headers={"Cookie": cookie}).json()["code"]
    for path in ("token/new", "token", "token/revoke", "logout")
]
grant = {
    "grant_type": "password",
    "client_id": pnut["client_id"],
    "password_grant_secret": pnut["password_grant_secret"],
    "username": pnut["username"],
    "password": pnut["password"],
    "scope": "basic,email",
}
bearer = "Bearer " + form("POST", "/v1/oauth/access_token", grant).json()["access_token"]
facts["pnut"] = [
    pool.request(method, "/v1/token", headers={"Authorization": bearer}).status for method in ("GET", "DELETE", "GET")
]
permission = {"permission": json.dumps({"abilities": {"a": {"Access": {"see": True}}}})}
derived = form("POST", "/api/v1/token", permission, Authorization=f'Token token="{tokens["user_token"]}"')
facts["token_generator"] = [derived.status, sorted(derived.json())]
long = pool.request(
    "POST",
    "/v1/auth/tokens/long",
    json={
        "grant_type": "client_credentials",
        "client_id": auth_api["client_id"],
        "client_secret": auth_api["client_secret"],
    },
    headers={"X-Client-Id": auth_api["client_id"]},
)
as_long = {"Authorization": "Bearer " + long.json()["access_token"]}
short = pool.request("POST", "/v1/auth/tokens/short", headers=as_long)
end = pool.request("POST", f"/v1/auth/tokens/{short.json()['token_id']}/revoke", headers=as_long)
facts["auth_api"] = [long.status, short.status, end.status]
merchant = {"x-merchant-id": manis["merchant_id"], "x-secret": manis["secret"]}
issued = pool.request("POST", "/api/v1/auth/token", headers=merchant)
facts["manis"] = [issued.status, issued.json()["tokenType"]]
basic = urllib3.make_headers(basic_auth=f"{oauth['client_id']}:{oauth['client_secret']}")
token = {"token": issued.json()["token"]}
facts["oauth"] = [
    form("POST", "/oauth/introspect", token, **basic).json()["active"],
    form("POST", "/oauth/revoke", token, **basic).status,
    form("POST", "/oauth/introspect", token, **basic).json()["active"],
    [key["alg"] for key in pool.request("GET", "/.well-known/jwks.json").json()["keys"]],
]
facts["connections"] = pool.num_connections
print(json.dumps(facts))
