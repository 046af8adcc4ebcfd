"""Real repositories for tests, and a Git server on this machine that can misbehave."""

from __future__ import annotations

import logging
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ENVIRONMENT = {
    "PATH": os.environ.get("PATH", os.defpath),
    "HOME": "/nonexistent",
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "Author",
    "GIT_AUTHOR_EMAIL": "author@example.com",
    "GIT_COMMITTER_NAME": "Author",
    "GIT_COMMITTER_EMAIL": "author@example.com",
}

CONNECT_YAML = b"deployAs:\n  - name: service\n    applicationType: service\n    endpoint: /service\n"
FILES: Mapping[str, bytes] = {
    "connect.yaml": CONNECT_YAML,
    "README.md": b"# A connector\n",
    "service/package.json": b'{"name": "service", "version": "1.0.0", "scripts": {"start": "node index.js"}}\n',
    "service/index.js": b"export const add = (a, b) => a + b;\n",
}


@dataclass
class Row:
    """An entry of a folder as Git stores it, whatever Git would say to it."""

    mode: str
    oid: str
    name: bytes


class Repository:
    """A bare repository that takes any bytes as names and any object under any mode."""

    def __init__(self, path: Path) -> None:
        self.path = path
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(path)], env=ENVIRONMENT, check=True)
        self.git("config", "gc.auto", "0")
        self.git("config", "http.receivepack", "false")

    def git(self, *argv: str, data: bytes | None = None) -> str:
        """Run git here and return what it says."""
        ended = subprocess.run(
            ["git", "-C", str(self.path), *argv], input=data, env=ENVIRONMENT, check=True, stdout=subprocess.PIPE
        )
        return ended.stdout.decode().strip()

    def blob(self, content: bytes) -> str:
        return self.git("hash-object", "-w", "--stdin", data=content)

    def folder(self, *rows: Row) -> str:
        """Store a folder with exactly these rows."""
        raw = b"".join(row.mode.lstrip("0").encode() + b" " + row.name + b"\0" + bytes.fromhex(row.oid) for row in rows)
        return self.git("hash-object", "-w", "-t", "tree", "--literally", "--stdin", data=raw)

    def files(self, content: Mapping[str, bytes]) -> str:
        """Store files with their folders and return the topmost one."""
        below: dict[str, dict[str, bytes]] = {}
        rows = []
        for path, data in content.items():
            name, slash, rest = path.partition("/")
            if slash:
                below.setdefault(name, {})[rest] = data
            else:
                rows.append(Row("100644", self.blob(data), name.encode()))
        rows += [Row("40000", self.files(inner), name.encode()) for name, inner in below.items()]
        return self.folder(*_in_order(rows))

    def commit(self, tree: str, *, branch: str = "main") -> str:
        commit = self.git("commit-tree", tree, "-m", "release")
        self.git("update-ref", f"refs/heads/{branch}", commit)
        return commit

    def tag(self, target: str, name: str = "1.0.0") -> str:
        self.git("update-ref", f"refs/tags/{name}", target)
        return target

    def annotate(self, target: str, name: str = "1.0.0", *, kind: str = "commit") -> str:
        text = f"object {target}\ntype {kind}\ntag {name}\ntagger A <a@example.com> 1700000000 +0000\n\nmessage\n"
        return self.tag(self.git("hash-object", "-w", "-t", "tag", "--stdin", data=text.encode()), name)

    def release(self, files: Mapping[str, bytes] = FILES, *, extra: tuple[Row, ...] = (), name: str = "1.0.0") -> str:
        """Commit the files, and rows of any kind beside them, and tag the commit."""
        rows = [Row(*self._parts(line)) for line in self.git("ls-tree", self.files(files)).splitlines()]
        named = {row.name for row in extra}
        tree = self.folder(*_in_order([row for row in rows if row.name not in named] + list(extra)))
        return self.tag(self.commit(tree), name)

    @staticmethod
    def _parts(line: str) -> tuple[str, str, bytes]:
        head, _, name = line.partition("\t")
        mode, _, oid = head.split()
        return mode, oid, name.encode()


def _in_order(rows: list[Row]) -> list[Row]:
    """Return rows in Git's order: folders sort as if their names ended in a slash."""
    return sorted(rows, key=lambda row: row.name + (b"/" if row.mode.lstrip("0") == "40000" else b""))


@dataclass
class GitServer:
    """A smart HTTP server over a folder. `answers` takes over for paths that begin with its keys."""

    root: Path
    url: str = ""
    answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@contextmanager
def serving(root: Path) -> Iterator[GitServer]:
    """Serve the repositories below a folder over HTTP on a free port."""
    server = GitServer(root)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            return

        def do_GET(self) -> None:
            server.asked.append(self.path)
            for path, answer in server.answers.items():
                if self.path.startswith(path):
                    self.close_connection = True
                    answer(self)
                    return
            _backend(self, root)

        def do_POST(self) -> None:
            self.do_GET()

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            logging.getLogger(__name__).info("The test's server broke.", exc_info=True)

    http = Server(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{http.server_address[1]}/"
    threading.Thread(target=http.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()


def _backend(handler: BaseHTTPRequestHandler, root: Path) -> None:
    """Hand a request to Git's own CGI program."""
    path, _, query = handler.path.partition("?")
    length = int(handler.headers.get("Content-Length") or 0)
    data = handler.rfile.read(length) if length else b""
    environment = {
        **ENVIRONMENT,
        "GIT_PROJECT_ROOT": str(root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_PROTOCOL": handler.headers.get("Git-Protocol", ""),
        "REQUEST_METHOD": handler.command,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_TYPE": handler.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(length),
        "HTTP_CONTENT_ENCODING": handler.headers.get("Content-Encoding", ""),
        "REMOTE_ADDR": "127.0.0.1",
    }
    command = ["git", "-c", "safe.directory=*", "http-backend"]
    ended = subprocess.run(command, input=data, env=environment, stdout=subprocess.PIPE, check=False)
    head, _, body = ended.stdout.partition(b"\r\n\r\n")
    headers = [line.split(": ", 1) for line in head.decode().split("\r\n") if line]
    status = next((int(value.split()[0]) for name, value in headers if name == "Status"), 200)
    handler.send_response(status)
    for name, value in headers:
        if name != "Status":
            handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def answer(status: int, body: bytes = b"", **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """Return an answer that is always the same."""

    def give(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return give


def hang(handler: BaseHTTPRequestHandler) -> None:
    """Say nothing until the other side goes away, a minute at most."""
    handler.connection.settimeout(1)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if not handler.connection.recv(1024):
                return
        except TimeoutError:
            continue


def endless(handler: BaseHTTPRequestHandler) -> None:
    """List refs without an end (it comes after half a gigabyte)."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/x-git-upload-pack-advertisement")
    handler.send_header("Connection", "close")
    handler.end_headers()
    handler.wfile.write(b"001e# service=git-upload-pack\n0000")
    line = b"%040x refs/tags/%s\n" % (7, b"x" * 900)
    block = (b"%04x" % (len(line) + 4) + line) * 1000
    for _ in range(500):
        handler.wfile.write(block)
