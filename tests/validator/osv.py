"""A small OSV service on this machine, and records for it; all packages and advisories are made up."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def record(
    identifier: str,
    name: str,
    *,
    ecosystem: str = "npm",
    introduced: str = "0",
    fixed: str | None = None,
    severity: str | None = "HIGH",
    **more: Any,
) -> dict[str, Any]:
    """Return an OSV record with one range."""
    events = [{"introduced": introduced}, *([{"fixed": fixed}] if fixed else [])]
    return {
        "id": identifier,
        "modified": "2026-01-01T00:00:00Z",
        "summary": f"A weakness of {name}",
        "affected": [
            {
                "package": {"ecosystem": ecosystem, "name": name},
                "ranges": [{"type": "SEMVER" if ecosystem == "npm" else "ECOSYSTEM", "events": events}],
            }
        ],
        **({"database_specific": {"severity": severity}} if severity else {}),
        **more,
    }


class Service:
    """What the service knows, how it misbehaves, and what it was asked."""

    def __init__(self, *records: dict[str, Any]) -> None:
        self.records = {row["id"]: row for row in records}
        self.url = ""
        self.page_size = 100
        self.failures: list[int] = []
        self.raw: bytes | None = None
        self.batches: list[int] = []
        self.fetched: list[str] = []

    def query(self, query: dict[str, Any]) -> dict[str, Any]:
        """Return one page of ids for a package, by its name alone."""
        start = int(query.get("page_token", "0"))
        name = query["package"]["name"]
        hits = [
            {"id": row["id"], "modified": row["modified"]}
            for row in self.records.values()
            if any(affected["package"]["name"] == name for affected in row["affected"])
        ]
        page: dict[str, Any] = {"vulns": hits[start : start + self.page_size]} if hits else {}
        if start + self.page_size < len(hits):
            page["next_page_token"] = str(start + self.page_size)
        return page


@contextmanager
def serving(service: Service) -> Iterator[Service]:
    """Serve on a free port of this machine and set `service.url`."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def answer(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            service.batches.append(len(body["queries"]))
            if service.failures:
                return self.answer(service.failures.pop(0), b"{}")
            answer = {"results": [service.query(query) for query in body["queries"]]}
            return self.answer(200, service.raw if service.raw is not None else json.dumps(answer).encode())

        def do_GET(self) -> None:
            identifier = self.path.rpartition("/")[2]
            service.fetched.append(identifier)
            found = service.records.get(identifier)
            self.answer(200 if found else 404, json.dumps(found).encode())

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    service.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
