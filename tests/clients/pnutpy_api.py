"""pnutpy: a token described to its bearer, and how the client raises each refusal."""

import json
import sys

import pnutpy
from pnutpy.errors import PnutAPIException

held = json.load(sys.stdin)
root = held["base_url"] + "/v1"


def told(call):
    try:
        data, meta = call()
        return [meta.code, sorted(key for key in data.serialize())]
    except PnutAPIException as refusal:
        return [type(refusal).__name__, refusal.response.meta.code]


def api(token=None):
    return pnutpy.API.build_api(api_root=root, access_token=token)


def issue(grant):
    answer = api().request("POST", "/oauth/access_token", raw_response=True, data=grant)
    return answer.json().get("access_token")


pnut = held["pnut"]
client = {"client_id": pnut["client_id"]}
person = {"grant_type": "password", "password_grant_secret": pnut["password_grant_secret"], "password": pnut["password"]}
user = issue({**client, **person, "username": pnut["username"], "scope": "basic,email"})
blanks = issue({**client, **person, "username": pnut["username"], "scope": "basic email"})
app = issue({**client, "grant_type": "client_credentials", "client_secret": pnut["client_secret"]})
token, _ = api(user).get_token()
print(
    json.dumps(
        {
            "token": told(api(user).get_token),
            "user": [type(token.user).__name__, token.user.username, token.app.id == pnut["client_id"]],
            "scopes": sorted(token.scopes),
            "scopes_between_blanks": blanks and sorted(api(blanks).get_token()[0].scopes),
            "app_token": told(api(app).get_token),
            "wrong_token": told(api("wrong").get_token),
            "without_token": told(api().get_token),
            "not_served": told(api(user).get_config),
            "deleted": api(user).request("DELETE", "/token").meta.code,
            "after": told(api(user).get_token),
        }
    )
)
