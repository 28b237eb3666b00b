"""Runs every measurement and writes what they print, with the machine's description, into docs/performance.md.

    PYTHONPATH=src .venv/bin/python benchmarks/run.py [NAME ...] [-- OPTION ...]

Without names all are run but the load, which takes ten minutes. What follows "--" is handed to the measurement.
FOEDERA_BENCHMARKS_KEPT names a folder in which the populations of `search` and `past`, which take ten minutes to make, are kept for the
next run. Each prints a ratio of one run against a floor or a peer; none asserts a time.
"""

from __future__ import annotations

import datetime
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from foedera.config.embedded import running

HERE = Path(__file__).resolve().parent
REPORT = HERE.parent / "docs" / "performance.md"
NAMES = ("web", "terms", "importing", "review", "search", "past", "costs")
ON_A_DATABASE = frozenset({"importing", "past", "review", "search"})
KEPT = frozenset({"past", "search"})
BEGIN = "<!-- {name} -->"


def machine() -> str:
    """Processor, cores, memory, Python and load as one line."""
    cpu = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text(encoding="utf-8"))
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{cpu[1] if cpu else platform.processor()}, {os.cpu_count()} cores, "
        f"{int(memory[1]) // 2**20 if memory else 0} GiB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, load before {load}"
    )


@contextmanager
def database(name: str) -> Iterator[dict[str, str]]:
    """The environment of a measurement: those that need one get a fresh embedded database with a profile."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(HERE.parent / "src"),
        "DJANGO_SETTINGS_MODULE": "foedera.config.settings",
    }
    environment |= {"FOEDERA_SECRET_KEY": "of the benchmark", "FOEDERA_LOG_LEVEL": "ERROR"}
    if name not in ON_A_DATABASE:
        yield environment
        return
    with tempfile.TemporaryDirectory(prefix="foedera-benchmark-") as temporary:
        kept = os.environ.get("FOEDERA_BENCHMARKS_KEPT")
        folder = Path(kept) / name if kept and name in KEPT else Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)  # the database runs as another user
        with running(folder / "data") as cluster:
            environment |= {"DATABASE_URL": cluster.url, "FOEDERA_DATA": str(folder / "data")}
            for command in (["migrate", "-v0"], ["load_profile", "RU"]):
                subprocess.run(
                    [sys.executable, "-m", "django", *command], env=environment, check=True, stdout=subprocess.DEVNULL
                )
            yield environment


def main(arguments: list[str]) -> None:
    """Run the named measurements and put their output into the report."""
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    names, options = arguments[:cut], arguments[cut + 1 :]
    text = REPORT.read_text(encoding="utf-8") if REPORT.exists() else "# Performance\n"
    for name in names or NAMES:
        described = machine()
        print(f"== {name}", flush=True)
        with database(name) as environment:
            done = subprocess.run(
                [sys.executable, str(HERE / f"{name}.py"), *options],
                capture_output=True,
                text=True,
                check=False,
                env=environment,
            )
        output = done.stdout.strip() or done.stderr.strip()
        print(output, flush=True)
        if done.returncode:
            raise SystemExit(f"{name} failed: {done.stderr[-2000:]}")
        begin, end = BEGIN.format(name=name), BEGIN.format(name=f"/{name}")
        today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
        block = f"{begin}\n{today}, {described}:\n\n```\n{output}\n```\n{end}"
        pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        if pattern.search(text):
            text = pattern.sub(lambda _match, block=block: block, text)
        else:
            text = f"{text.rstrip()}\n\n## {name}\n\n{block}\n"
        REPORT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
