"""Starts what script/bench measures on, drives it, and stops it again, each by its own process id.

Everything listens on the loopback address and lives in one temporary folder, which is removed at the end.
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEERS = ROOT / "benches" / "peers"
POSTGRES = pathlib.Path("/usr/lib/postgresql/15/bin")
TICK = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def await_true(what, holds, limit=60):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if holds():
            return
        time.sleep(0.05)
    raise RuntimeError(f"{what} is not ready after {limit} s")


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Process:
    """A process of ours, its output in a file."""

    def __init__(self, site, name, command, stop=signal.SIGTERM, **options):
        self.name, self.stop_signal = name, stop
        self.log = site.folder / f"{name}.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [str(part) for part in command], stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                start_new_session=True, **options)
        site.processes.append(self)

    def check(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} ended: {self.log.read_text(errors='replace')[-2000:]}")

    def cpu(self):
        """Seconds of processor time so far, all threads."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Site:
    """A temporary folder and what runs in it."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="portcullis-bench-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.processes = []
        self.postgres_port = None

    def close(self):
        for process in reversed(self.processes):
            process.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # PostgreSQL, as a package leaves it: fsync and synchronous_commit on.

    def start_postgres(self):
        data = self.folder / "postgres"
        data.mkdir()
        as_postgres = {}
        if os.geteuid() == 0:
            shutil.chown(data, "postgres", "postgres")
            as_postgres = {"user": "postgres", "group": "postgres", "extra_groups": []}
        subprocess.run(
            [POSTGRES / "initdb", "--locale=C", "--encoding=UTF8", "--auth=trust", "--username=postgres", "-D", data],
            check=True, stdout=subprocess.DEVNULL, cwd="/", **as_postgres)
        port = free_port()
        settings = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": data,
                    "fsync": "on", "synchronous_commit": "on", "shared_buffers": "256MB", "max_wal_size": "4GB"}
        command = [POSTGRES / "postgres", "-D", data]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        process = Process(self, "postgres", command, stop=signal.SIGINT, cwd="/", **as_postgres)
        await_true("PostgreSQL", lambda: process.check() or b"ready to accept connections" in process.log.read_bytes())
        self.postgres_port = port

    def sql(self, database, text):
        subprocess.run(
            ["psql", "-qAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.postgres_port), "-U",
             "postgres", "-d", database, "-c", text], check=True, stdout=subprocess.DEVNULL)

    def database(self, name):
        """The URL of a new, empty database."""
        self.sql("postgres", f"CREATE DATABASE {name}")
        return f"postgres://postgres@127.0.0.1:{self.postgres_port}/{name}"

    def pgbench(self, database, clients, seconds):
        """Transactions a second of one insert with commit."""
        said = subprocess.run(
            [POSTGRES / "pgbench", "-n", "-c", str(clients), "-j", "1", "-T", str(seconds), "-M", "prepared", "-f",
             PEERS / "insert.sql", "-h", "127.0.0.1", "-p", str(self.postgres_port), "-U", "postgres", database],
            check=True, capture_output=True, text=True).stdout
        return next(float(line.split()[2]) for line in said.splitlines() if line.startswith("tps"))

    # The gateway, on PostgreSQL.

    def start_gateway(self, name):
        port, data = free_port(), self.folder / name
        config = self.folder / f"{name}.toml"
        config.write_text(
            f'[server]\ndata_dir = "{data}"\nlisten = "127.0.0.1:{port}"\npublic_url = "http://127.0.0.1:{port}"\n'
            f'[database]\nurl = "{self.database(name)}"\n[rates]\nper_token = 1000000\nper_token_burst = 1000000\n')
        binary = ROOT / "target" / "release" / "portcullis"
        made = json.loads(subprocess.run(
            [binary, "init", "--config", config, "--organization", "Bench", "--catalogue",
             ROOT / "catalogues" / "miopsai.toml", "--json"], check=True, capture_output=True, text=True).stdout)
        process = Process(self, name, [binary, "serve", "--config", config])
        await_true("the gateway", lambda: process.check() or listens(port))
        target = Target(process, f"http://127.0.0.1:{port}", "/scim/v2", made["scim"]["token"])
        target.cookie = claim(made["owner_setup_url"])
        return target

    def start_bare(self, binary, workers):
        port = free_port()
        process = Process(self, "bare", [binary, f"127.0.0.1:{port}", workers])
        await_true("the bare handler", lambda: process.check() or listens(port))
        return Target(process, f"http://127.0.0.1:{port}")

    def start_polis(self, packages):
        port = free_port()
        process = Process(self, "polis", ["node", PEERS / "polis.cjs", port, self.database("polis")], cwd=packages)
        said = lambda: [line for line in process.log.read_text().splitlines() if line.startswith("{")]
        await_true("Polis", lambda: process.check() or (listens(port) and said()))
        line = said()[0]
        return Target(process, f"http://127.0.0.1:{port}", **json.loads(line))


class Target:
    """A server that wrk can be pointed at."""

    def __init__(self, process, address, prefix="", token=""):
        self.process, self.address, self.prefix, self.token = process, address, prefix, token
        self.cookie = None

    def drive(self, script, connections, seconds, **environment):
        """Runs wrk; the rate, latencies, and processor time of the server a request."""
        before = self.process.cpu()
        variables = os.environ | {"TOKEN": self.token, "PREFIX": self.prefix} | environment
        said = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s", PEERS / script, self.address],
            check=True, capture_output=True, text=True, env=variables).stdout
        line = next(line for line in said.splitlines() if line.startswith("RESULT "))
        result = json.loads(line.removeprefix("RESULT "))
        if result["bad"]:
            raise RuntimeError(f"{self.process.name} answered {result['bad']} of {result['requests']} requests wrongly")
        result["cpu_us"] = (self.process.cpu() - before) * 1e6 / max(result["requests"], 1)
        return result


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def claim(url):
    """Uses the one-time owner link; the Cookie header of the session that it opens."""
    form = urllib.parse.urlencode({"user_name": "owner@example.com"}).encode()
    opener = urllib.request.build_opener(NoRedirect, urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, data=form, headers={"Origin": url.split("/setup/")[0]})
    try:
        opener.open(request)
    except urllib.error.HTTPError as answer:
        return answer.headers["Set-Cookie"].split(";")[0]
    raise RuntimeError("the owner link led nowhere")
