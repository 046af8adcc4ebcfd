"""Compare the API and the queue with the cheapest honest implementation (floor) and a usual one (stock), in one run.

The yardstick is a separate folder with a load tool, floor, stock and the drafts: `../shared/perf` beside this checkout,
or the folder in BENCH_PEERS. Everything runs on the PostgreSQL server of DATABASE_URL, in databases of its own
(.ci/postgres.sh starts a temporary server): floor, stock and portal with the same drafts and one gunicorn worker each.
The result is the ratio of CPU per request, application and database together.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

ROOT = Path(__file__).resolve().parents[2]
PEERS = Path(os.environ.get("BENCH_PEERS") or ROOT.parent / "shared" / "perf")
NEEDED = ("load.py", "dataset.py", "setup.sh", "serve.sh", "floor", "stock")
SIZES = (1_000, 20_000)
START_SECONDS = 60
LARGE = 100_000
"""From this number of drafts on, the portal must be cheaper than stock by the factor `Measure.cheaper`."""

Results: TypeAlias = dict[int, dict[str, Any]]


@dataclass(frozen=True)
class Measure:
    """One line of the table: an operation of the load tool, and the limits of the portal's cost."""

    operation: str
    label: str
    most: float
    stretch: float
    growth: float = 1.25
    """Limit of the cost at the largest size, relative to the smallest; indexes may make a flat cost grow a little."""
    cheaper: float = 7
    """How many times cheaper than stock it must be from LARGE drafts on."""


LINES = (
    Measure("get_id", "get by id", 2.7, 1.5),
    Measure("get_key", "get by key", 2.7, 1.5),
    Measure("list20", "query 20, default sort", 2.5, 1.5),
    Measure("list20_name", "query 20, sort name", 2.5, 1.8),
    Measure("list20_deep", "query 20, offset 10000", 2, 1.6, growth=1.5),
    Measure("list20_type", "query 20, one type", 3, 2),
    Measure("list20_type2", "query 20, two types", 3, 2),
    Measure("list500", "query 500", 1.5, 1),
    Measure("search_common", "search, common word", 3, 2),
    Measure("search_two", "search, two words", 3, 2),
    Measure("search_rare", "search, rare word", 3, 2, growth=2),
    Measure("queue", "queue page", 12, 6, growth=1.5, cheaper=2.3),
    Measure("queue_type", "queue page, one type", 12, 6, growth=1.5, cheaper=2.3),
    Measure("create", "create", 7, 4, cheaper=2.3),
    Measure("update", "update, three actions", 7.5, 4, cheaper=2.3),
    Measure("auth401", "401", 2.2, 1.5, cheaper=1),
)


@dataclass(frozen=True)
class Cluster:
    """The PostgreSQL server, with its settings for the yardstick and the portal."""

    url: str

    @property
    def parts(self) -> dict[str, str]:
        """Return the parts of the URL."""
        return {name: str(value) for name, value in conninfo_to_dict(self.url).items()}

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables of libpq."""
        names = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password"}
        return {name: self.parts[part] for name, part in names.items() if part in self.parts}

    @property
    def port(self) -> str:
        """Return the port that the server listens on."""
        return self.parts.get("port", "5432")

    def database(self, name: str) -> str:
        """Return the URL of one of its databases."""
        head, _, _ = self.url.rpartition("/")
        return f"{head}/{name}"

    def create(self, name: str) -> None:
        """Create an empty database, and drop one with this name before."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def has(self, name: str) -> bool:
        """Return whether a database with this name exists."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return bool(connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone())


@dataclass(frozen=True)
class Bench:
    """The settings for all sizes. Secrets may be simple, because the servers listen only on this machine."""

    cluster: Cluster
    folder: Path
    secret_key: str
    token: str
    session: str

    @property
    def peers(self) -> dict[str, str]:
        """Return the environment of the yardstick's commands, with our Python, gunicorn and psql first in PATH."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        return {**os.environ, **self.cluster.environment, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}

    def portal(self, size: int) -> dict[str, str]:
        """Return the portal's environment for the database of this size: a production server without HTTPS."""
        return {
            **os.environ,
            "DATABASE_URL": self.cluster.database(f"portal_{size}"),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "SECRET_KEY": self.secret_key,
            "DEBUG": "off",
            "HTTPS": "off",
            "MAIL_TO_LOG": "on",
            "VAR_DIR": str(self.folder),
            "STATIC_ROOT": str(self.folder / "static"),
        }

    def prepare(self, size: int) -> None:
        """Fill the databases of one size, unless an earlier run with --keep did."""
        ready = f"portal_{size}_ready"
        if self.cluster.has(ready):
            return
        say(f"{size:,} drafts: filling the databases of floor and stock")
        subprocess.run(
            [str(PEERS / "setup.sh"), f"{size}:{size}"],
            env=self.peers,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        say(f"{size:,} drafts: filling the portal's")
        self.cluster.create(f"portal_{size}")
        self.manage(size, "migrate", "-v0")
        with subprocess.Popen(
            [sys.executable, str(PEERS / "dataset.py"), "jsonl", "--rows", str(size)],
            env=self.peers,
            stdout=subprocess.PIPE,
        ) as drafts:
            loader = [
                sys.executable,
                "-m",
                "devtools.bench.load",
                "-",
                "--token",
                self.token,
                "--session",
                self.session,
            ]
            subprocess.run(
                loader, cwd=ROOT, env=self.portal(size), stdin=drafts.stdout, stderr=subprocess.DEVNULL, check=True
            )
        self.cluster.create(ready)

    def manage(self, size: int, *arguments: str) -> None:
        """Run one of the portal's commands."""
        subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.portal(size), check=True)

    @contextmanager
    def serving(self, size: int) -> Iterator[dict[str, dict[str, Any]]]:
        """Serve floor, stock and portal, and yield the load tool's arguments for them."""
        with ExitStack() as stack:
            targets: dict[str, dict[str, Any]] = {}
            for name, command in (("floor", "floor_a"), ("stock", "stock")):
                port = free_port()
                serve = [str(PEERS / "serve.sh"), command, f"perf_{size}", str(port)]
                stack.enter_context(running(serve, port=port, environment=self.peers, log=self.folder / f"{name}.log"))
                targets[name] = {"url": f"http://127.0.0.1:{port}"}
            port = free_port()
            web = [sys.executable, "-m", "gunicorn", "config.wsgi", "-b", f"127.0.0.1:{port}"]
            web += ["-k", "gthread", "-w", "1", "--threads", "4", "--keep-alive", "30", "--log-level", "warning"]
            log = self.folder / "portal.log"
            stack.enter_context(running(web, port=port, environment=self.portal(size), log=log))
            targets["portal"] = {
                "url": f"http://127.0.0.1:{port}",
                "token": self.token,
                "cookie": f"sessionid={self.session}",
            }
            yield targets

    def load(self, command: str, targets: Mapping[str, object], *options: str) -> None:
        """Run the load tool against the targets."""
        config = self.folder / "targets.json"
        config.write_text(json.dumps(targets), encoding="utf-8")
        tool = [sys.executable, str(PEERS / "load.py"), command, "--config", str(config)]
        subprocess.run([*tool, "--db-port", self.cluster.port, *options], env=self.peers, check=True)


def free_port() -> int:
    """Return a free port on this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(command: Sequence[str], *, port: int, environment: Mapping[str, str], log: Path) -> Iterator[None]:
    """Run a server until the block ends. The block starts when the server listens."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=dict(environment), stdout=output, stderr=output, start_new_session=True
        )
        try:
            until = time.monotonic() + START_SECONDS
            while not listens(port):
                if process.poll() is not None or time.monotonic() > until:
                    raise SystemExit(f"{' '.join(command)} did not start:\n{log.read_text(errors='replace')[-2000:]}")
                time.sleep(0.1)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=40)


def listens(port: int) -> bool:
    """Return whether a port on this machine accepts connections."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def say(text: str) -> None:
    """Print the progress of the run to standard error."""
    print(text, file=sys.stderr, flush=True)


def missing() -> str:
    """Return why the measurement is not possible here, or an empty string."""
    if absent := [name for name in NEEDED if not (PEERS / name).exists()]:
        return f"{PEERS} has no {', '.join(absent)}. Set BENCH_PEERS to the folder of the yardstick"
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        return "DATABASE_URL is not a PostgreSQL; .ci/postgres.sh starts one"
    if shutil.which("psql") is None:
        return "psql is not installed"
    return ""


def table(results: Results) -> str:
    """Return the results as a Markdown table: ratios of CPU per request, with their limits."""
    sizes = sorted(results)
    small, large = sizes[0], sizes[-1]
    head = ["operation", "at most", "stretch", *(f"portal/floor {size:,}" for size in sizes)]
    head += [f"stock/portal {size:,}" for size in sizes]
    head += [f"growth to {large:,}", "missed"] if large > small else ["missed"]
    lines = [head, ["---"] * len(head)]
    for line in LINES:
        found = {size: results[size]["ops"][line.operation] for size in sizes if line.operation in results[size]["ops"]}
        if not found:
            continue
        over = {size: float(targets["portal"]["cpu/floor"][0]) for size, targets in found.items()}
        under = {size: 1 / float(targets["portal"]["cpu/stock"][0]) for size, targets in found.items()}
        missed = [f"{size:,}" for size, ratio in over.items() if ratio > line.most]
        missed += [f"stock {size:,}" for size, ratio in under.items() if size >= LARGE and ratio < line.cheaper]
        row = [line.label, f"{line.most:g}", f"{line.stretch:g}"]
        row += [f"{over[size]:.2f}" if size in over else "" for size in sizes]
        row += [f"{under[size]:.1f}" if size in under else "" for size in sizes]
        if large > small:
            grown = growth(line, results, small=small, large=large)
            missed += ["growth"] if grown > line.growth else []
            row.append(f"{grown:.2f}")
        lines.append([*row, ", ".join(missed)])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def growth(line: Measure, results: Results, *, small: int, large: int) -> float:
    """Return the growth of the portal's cost; for a page, per row."""
    cost = {}
    for size in (small, large):
        rows = min(500, results[size]["totals"]["portal"]) if line.operation == "list500" else 1
        cost[size] = float(results[size]["ops"][line.operation]["portal"]["cpu_ms"]) / rows
    return cost[large] / cost[small]


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, metavar="SIZE", help=f"of {SIZES}")
    parser.add_argument("--rounds", type=int, default=3, help="visits of each server for each operation")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a visit")
    parser.add_argument("--ops", default="", help="only these operations of the load tool, separated by commas")
    parser.add_argument("--hot", action="store_true", help="also run sixteen writers, on one draft and on one each")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the databases for the next run")
    arguments = parser.parse_args()
    known = [line.operation for line in LINES]
    if unknown := [name for name in arguments.ops.split(",") if name and name not in known]:
        parser.error(f"argument --ops: there is no {', '.join(unknown)}; there are {', '.join(known)}")
    if why := missing():
        print(f"Skipped: the comparison of API and queue with floor and stock. {why}.")
        return
    with ExitStack() as stack:
        folder = arguments.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portal-bench.")))
        bench = open_bench(folder, Cluster(os.environ["DATABASE_URL"]))
        results: Results = {}
        for size in arguments.sizes:
            bench.prepare(size)
            if not results:
                bench.manage(size, "collectstatic", "--noinput", "-v0")
            say(f"{size:,} drafts: measuring")
            with bench.serving(size) as targets:
                out = folder / f"results_{size}.json"
                options = ["--rounds", str(arguments.rounds), "--seconds", str(arguments.seconds)]
                bench.load("bench", targets, *options, "--ops", arguments.ops, "--out", str(out))
                results[size] = json.loads(out.read_text(encoding="utf-8"))
                if arguments.hot:
                    bench.load("hot", targets)
        print(f"\nCPU per request, the portal beside floor and stock; median of {arguments.rounds} rounds\n")
        print(table(results))
        for size, result in sorted(results.items()):
            memory = result["ops"]["_rss_mib"]["portal"]
            print(f"\nMemory of the portal at {size:,}: {memory['pss']} MiB, at most 150 for one worker.")


def open_bench(folder: Path, cluster: Cluster) -> Bench:
    """Return the bench in a folder. A kept folder contains its secrets."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "secrets.json"
    if not kept.exists():
        made = {
            "secret_key": secrets.token_urlsafe(50),
            "token": secrets.token_hex(20),
            "session": secrets.token_hex(16),
        }
        kept.write_text(json.dumps(made), encoding="utf-8")
    return Bench(cluster, folder.resolve(), **json.loads(kept.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
