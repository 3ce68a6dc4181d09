"""How bench/ measures: whole processes in turn, medians, peak memory, answers compared."""
import hashlib
import os
import shutil
import subprocess
import sys
import time

here = os.path.dirname(os.path.abspath(__file__))


def median(v):
    v = sorted(v)
    return v[len(v) // 2] if len(v) % 2 else (v[len(v) // 2 - 1] + v[len(v) // 2]) / 2


def short(n):
    """1000000 -> 1 M"""
    for unit, size in (("M", 1_000_000), ("k", 1_000)):
        if n >= size:
            return "%g %s" % (n / size, unit)
    return str(n)


def output(cmd, **more):
    return subprocess.check_output(cmd, text=True, **more).strip()


class Step:
    """One side of a comparison: a command, what must be done before each of its runs, and
    the name of the peer's file that is there again afterwards."""

    def __init__(self, cmd, prepare=None, once=False):
        self.cmd, self.prepare, self.once, self.runs = cmd, prepare, once, []

    def figures(self):
        return [median([r[i] for r in self.runs]) for i in range(3)]


class Server:
    """A program that holds a store open and answers questions by name on a pipe."""

    def __init__(self, bench, cmd):
        bench.servers += 1
        self.bench, self.told = bench, bench.f("server-%d" % bench.servers)
        self.p = subprocess.Popen([bench.timed, self.told, *cmd], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=bench.env)

    def ask(self, question):
        self.p.stdin.write(question + "\n")
        self.p.stdin.flush()
        line = self.p.stdout.readline().split()
        if len(line) < 3:
            sys.exit("no answer to '%s': %s" % (question, " ".join(map(str, self.p.args))))
        return float(line[1]), line[2:]

    def close(self):
        """Peak MiB of its life."""
        self.p.stdin.close()
        self.p.wait()
        self.p.stdout.close()
        return self.bench.told(self.told, self.p.args)[2]


class Bench:
    def __init__(self, args):
        self.a = args
        self.began = time.monotonic()
        self.folder = os.path.join(args.scratch, "wend-bench")
        os.makedirs(self.folder, exist_ok=True)
        b = os.path.abspath(args.build)
        self.wend = os.path.join(b, "bin", "wend")
        self.timed, self.servers = os.path.join(b, "bench", "timed"), 0
        self.scan = os.path.join(b, "bench", "scan")
        self.generators = os.path.join(b, "bench")
        self.env = dict(os.environ, PEERS=os.path.abspath(args.peers), LC_ALL="C", WEND_FORMAT="")
        self.env.setdefault("WEND_PRESETS", os.path.join(here, "..", "share", "wend", "presets"))
        self.duck = ["node", os.path.join(here, "peers", "duckdb.mjs")]
        self.rows, self.growth = [], []
        self.load_before = os.getloadavg()
        self.versions()

    # ---- who runs here ----
    def version(self, cmd):
        try:
            return output(cmd, stderr=subprocess.DEVNULL, env=self.env).splitlines()[0]
        except (OSError, subprocess.CalledProcessError, IndexError):
            return None

    def versions(self):
        self.peer = {
            "DuckDB": self.version(self.duck + ["version"]),
            "sqlite3": self.version(["sqlite3", "--version"]),
            "pandas": self.version(["/usr/bin/python3", "-c", "import pandas; print(pandas.__version__)"]),
            "git": self.version(["git", "--version"]),
            "node": self.version(["node", "--version"]),
        }
        if self.peer["sqlite3"]:
            self.peer["sqlite3"] = self.peer["sqlite3"].split()[0]
        if self.peer["git"]:
            self.peer["git"] = self.peer["git"].split()[-1]
        for name, v in self.peer.items():
            if not v:
                print("skipped: no %s, so no ratio against it (see the head of bench/run.py)" % name, flush=True)
        self.node_start = 0.0
        if self.peer["DuckDB"]:
            self.node_start = median([self.run(self.duck + ["nothing"])[0] for _ in range(3)])

    def peers_line(self):
        return ", ".join("%s %s" % (k, v.lstrip("v")) for k, v in self.peer.items() if v) + ", node and an empty DuckDB start in %.2f s" % self.node_start

    @staticmethod
    def machine():
        with open("/proc/cpuinfo") as fh:
            model = next((x.split(":")[1].strip() for x in fh if x.startswith("model name")), "unknown")
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        return "%d x %s, %.0f GiB, Linux %s" % (os.cpu_count(), " ".join(model.split()), memory, os.uname().release)

    def commit(self):
        top = os.path.join(here, "..")
        try:
            name = output(["git", "-C", top, "rev-parse", "--short", "HEAD"])
            changed = output(["git", "-C", top, "status", "--porcelain", "--", "src", "include"])
        except (OSError, subprocess.CalledProcessError):
            return "unknown"
        return name + (" and changes" if changed else "")

    # ---- files ----
    def f(self, name):
        return os.path.join(self.folder, name)

    def remove(self, *names):
        for n in names:
            for s in ("", "-wal", "-shm", ".wal", ".key"):
                if os.path.exists(self.f(n + s)):
                    os.remove(self.f(n + s))

    def removing(self, *names):
        return lambda: self.remove(*names)

    def copying(self, frm, to):
        def go():
            self.remove(to)
            shutil.copyfile(self.f(frm), self.f(to))
        return go

    def room(self, size, what):
        free = shutil.disk_usage(self.folder).free
        if free < size:
            print("skipped: %s needs %.1f GB free in '%s', %.1f are" % (what, size / 1e9, self.folder, free / 1e9), flush=True)
        return free >= size

    def make(self, name, generator, *options):
        path = self.f(name)
        if not os.path.exists(path):
            with open(path + ".part", "wb") as out:
                subprocess.check_call([os.path.join(self.generators, generator), *map(str, options)], stdout=out)
            os.rename(path + ".part", path)
        return path

    def read_seconds(self, path):
        """One pass over the bytes, the limit of everything that reads a file."""
        best = []
        buffer = bytearray(1 << 20)
        for _ in range(3):
            t0 = time.perf_counter()
            with open(path, "rb", buffering=0) as fh:
                while fh.readinto(buffer):
                    pass
            best.append(time.perf_counter() - t0)
        return median(best)

    @staticmethod
    def digest(path):
        h = hashlib.sha256()
        with open(path, "rb") as fh:
            while piece := fh.read(1 << 20):
                h.update(piece)
        return h.hexdigest()

    # ---- running ----
    def run(self, cmd, prepare=None):
        """Wall, cpu, peak MiB of one whole process (children included)."""
        if prepare:
            prepare()
        with open(self.f("stdout"), "wb") as out, open(self.f("stderr"), "wb") as err:
            subprocess.run([self.timed, self.f("told"), *cmd], stdout=out, stderr=err, env=self.env, check=True)
        return self.told(self.f("told"), cmd)

    def told(self, path, cmd):
        with open(path) as fh:
            wall, cpu, kib, status = fh.read().split()
        if status != "0":
            with open(self.f("stderr")) as fh:
                sys.exit("failed (%s): %s\n%s" % (status, " ".join(map(str, cmd)), fh.read()[-2000:]))
        return float(wall), float(cpu), int(kib) / 1024

    @staticmethod
    def sh(*lines):
        return ["sh", "-ec", "\n".join(lines)]

    def left(self):
        return self.a.minutes * 60 - (time.monotonic() - self.began)

    def another(self, done, spent):
        """Is there time for one more round, when `done` took `spent` seconds?"""
        if done >= self.a.runs:
            return False
        return done == 0 or spent + spent / done <= min(self.a.patience, 0.15 * self.left())

    def compare(self, name, size, ours, peers, check, reach=None, reads=None):
        """Ours and each peer in turn, again and again; `check` is called after each round
        and ends the run when the answers differ. peers: (title, step, reach)."""
        peers = [p for p in peers if p[1]]
        if not peers:
            return
        done, t0 = 0, time.monotonic()
        while self.another(done, time.monotonic() - t0):
            ours.runs.append(self.run(ours.cmd, ours.prepare))
            for _, p, _ in peers:
                if not (p.once and done):
                    p.runs.append(self.run(p.cmd, p.prepare))
            check()
            done += 1
        for title, p, peer_reach in peers:
            self.add(name, title, size, ours.figures(), p.figures(), peer_reach or reach, min(done, len(p.runs)),
                     reads=reads, start=self.node_start if p.cmd[0] == "node" else 0)

    def add(self, name, peer, size, ours, theirs, reach, runs, reads=None, start=0):
        """reach: greatest ratio, or greatest seconds when it ends in s."""
        ratio = ours[0] / theirs[0]
        met = ""
        if reach:
            met = "%s %s" % (reach, "yes" if (ours[0] if reach.endswith("s") else ratio) <= float(reach.rstrip(" s")) else "no")
        row = {
            "row": name, "peer": peer, "rows": short(size) if size else "", "wend s": "%.4g" % ours[0], "peer s": "%.4g" % theirs[0],
            "ratio": "**%.3f**" % ratio,
            "less its start": "%.3f" % (ours[0] / (theirs[0] - start)) if start and theirs[0] > start * 1.05 else "",
            "cpu ratio": "%.3f" % (ours[1] / theirs[1]) if ours[1] is not None else "",
            "wend MiB": "%.0f" % ours[2], "peer MiB": "%.0f" % theirs[2],
            "reads": "%.0f" % (ours[0] / reads) if reads else "", "reach": met, "runs": str(runs),
        }
        self.rows.append(row)
        print("| " + " | ".join(row.values()) + " |", flush=True)
