"""A plan of calls on one kept-alive client (httpx, urllib3 or http.client): which statuses come, and what breaks.

A call is `name|method|path|bytes of body|length or chunked|Header: value|…`; a `;` ends it. Nothing is tried twice.
"""

import http.client
import itertools
import json
import sys

import httpx
import urllib3

held = json.load(sys.stdin)
host, port = held["host"], held["port"]


def pieces(body):
    """A body whose length is not known beforehand."""
    for start in range(0, len(body), 16384):
        yield body[start : start + 16384]


def by_httpx():
    with httpx.Client(base_url=f"http://{host}:{port}", trust_env=False) as client:

        def call(method, path, body, chunked, headers):
            content = pieces(body) if chunked else body
            return client.request(method, path, content=content, headers=headers).status_code

        yield call


def by_urllib3():
    pool = urllib3.HTTPConnectionPool(host, port, maxsize=1, block=True, retries=False)

    def call(method, path, body, chunked, headers):
        return pool.request(method, path, body=body, chunked=chunked, headers=headers).status

    yield call


def by_http_client():
    # It connects anew after an answer with `Connection: close`, and only then.
    connection = http.client.HTTPConnection(host, port)

    def call(method, path, body, chunked, headers):
        try:
            connection.request(method, path, pieces(body) if chunked else body, headers, encode_chunked=chunked)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        except Exception:
            connection.close()
            raise

    yield call


clients = {"httpx": by_httpx, "urllib3": by_urllib3, "http.client": by_http_client}
plan = [call.split("|") for call in held["plan"].split(";")]
statuses, errors = {}, []
for send in clients[held["client"]]():
    for name, method, path, size, framing, *headers in itertools.islice(itertools.cycle(plan), held["calls"]):
        headers = dict(header.split(": ", 1) for header in headers)
        try:
            status = send(method, path, b"x" * int(size), framing == "chunked", headers)
            statuses.setdefault(name, [])
            if status not in statuses[name]:
                statuses[name].append(status)
        except Exception as error:
            errors.append(f"{name}: {error!r}")
print(json.dumps({"statuses": statuses, "errors": errors}))
