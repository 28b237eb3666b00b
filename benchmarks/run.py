"""Runs every measurement and writes what they print, with the machine's description, into docs/performance.md.

    PYTHONPATH=src .venv/bin/python benchmarks/run.py [NAME ...]

Without names all are run. Each prints a ratio of one run against a floor or a peer; none asserts a time.
"""

from __future__ import annotations

import datetime
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPORT = HERE.parent / "docs" / "performance.md"
NAMES = ("web", "terms", "importing", "review")
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


def main(names: list[str]) -> None:
    """Run the named measurements and put their output into the report."""
    text = REPORT.read_text(encoding="utf-8") if REPORT.exists() else "# Performance\n"
    for name in names or NAMES:
        described = machine()
        print(f"== {name}", flush=True)
        done = subprocess.run(
            [sys.executable, str(HERE / f"{name}.py")], capture_output=True, text=True, check=False, env=os.environ
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
