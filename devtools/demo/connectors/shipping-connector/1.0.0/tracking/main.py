"""The event application: a parcel left, so the order gets its link."""

import base64
import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

from links import link


class Events(BaseHTTPRequestHandler):
    """Answers the subscription."""

    def do_POST(self):
        length = min(int(self.headers.get("Content-Length", "0")), 1_000_000)
        pushed = json.loads(self.rfile.read(length))
        parcel = json.loads(base64.b64decode(pushed["message"]["data"]))
        print(json.dumps({"order": parcel["orderId"], "link": link(parcel["number"], os.environ.get("CARRIER"))}))
        self.send_response(204)
        self.end_headers()


if __name__ == "__main__":
    HTTPServer(("", int(os.environ.get("PORT", "8080"))), Events).serve_forever()
