"""Prints an invoice that the page server renders: python3 invoice.py http://127.0.0.1:3000"""

import json
import sys
import urllib.error
import urllib.request


def render(server: str, route: str, props: dict) -> str:
    request = urllib.request.Request(
        f"{server}/v1/pages/{route}",
        data=json.dumps({"props": props}).encode(),
        headers={"content-type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.read().decode()
    except urllib.error.HTTPError as refused:
        error = json.load(refused)["error"]
        raise SystemExit(f"{error['code']}: {error['message']}") from refused


lines = [{"text": "Tea", "cents": 450}, {"text": "Kettle", "cents": 3900}]
print(render(sys.argv[1], "invoice", {"number": 7, "customer": "Ada & Co", "lines": lines}))
