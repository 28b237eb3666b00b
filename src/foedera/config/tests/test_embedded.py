"""The embedded PostgreSQL as it is: real clusters in temporary folders."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from foedera.config.embedded import Cluster, ClusterError, find_binaries, running
from foedera.config.embedded.cluster import LONGEST_SOCKET_FOLDER
from foedera.config.embedded.errors import explained

LINUX_PROC = pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="needs /proc")


@pytest.fixture
def data(open_folder: Path) -> Iterator[Path]:
    """Where a data folder may come to be."""
    place = open_folder / "data"
    yield place
    Cluster(place).stop()


def answer(cluster: Cluster, question: str) -> object:
    with psycopg.connect(cluster.url) as connection:
        row = connection.execute(question).fetchone()
    return row[0] if row else None


def socket_folder(cluster: Cluster) -> Path:
    return Path((cluster.cluster / "postmaster.pid").read_text().splitlines()[4])


def server_pid(cluster: Cluster) -> int:
    return int((cluster.cluster / "postmaster.pid").read_text().splitlines()[0])


def test_an_empty_folder_becomes_a_running_cluster_and_keeps_its_data(data: Path) -> None:
    with running(data) as cluster, psycopg.connect(cluster.url) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('договор')")
    assert not cluster.is_running()
    with running(data) as again:
        assert answer(again, "SELECT word FROM kept") == "договор"


def test_the_cluster_listens_on_a_private_unix_socket_only(data: Path) -> None:
    with running(data) as cluster:
        assert answer(cluster, "SHOW listen_addresses") == ""
        assert socket_folder(cluster).stat().st_mode & 0o077 == 0


def test_the_application_is_no_superuser_so_row_level_security_binds_it(data: Path) -> None:
    with running(data) as cluster:
        assert answer(cluster, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
        assert answer(cluster, "SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user") is False


def test_postgresql_never_runs_as_root(data: Path) -> None:
    with running(data) as cluster:
        owner = Path(f"/proc/{server_pid(cluster)}") if Path("/proc").exists() else cluster.cluster
        assert owner.stat().st_uid != 0


def test_damage_on_disk_is_noticed_and_letters_are_unicode(data: Path) -> None:
    with running(data) as cluster:
        assert answer(cluster, "SHOW data_checksums") == "on"
        assert answer(cluster, "SHOW server_encoding") == "UTF8"
        assert answer(cluster, "SELECT lower('МОСКВА')") == "москва"
        with psycopg.connect(cluster.url) as connection:
            connection.execute("CREATE EXTENSION pg_trgm")
        # Under the C locale's character classes there would be none, and the search would find no Russian word.
        assert answer(cluster, "SELECT cardinality(show_trgm('Москва'))") == 7


def test_a_second_user_joins_and_the_last_one_to_leave_stops_it(data: Path) -> None:
    first = Cluster(data)
    second = Cluster(data)
    with second.use():
        with first.use():
            pid = server_pid(first)
        assert second.is_running()
        assert server_pid(second) == pid
        assert second.in_use()
    assert not second.is_running()
    assert not second.in_use()


def test_a_cluster_that_was_running_before_is_left_running(data: Path) -> None:
    cluster = Cluster(data, throwaway=True)
    cluster.start()
    with running(data):
        pass
    assert cluster.is_running()
    cluster.stop()
    assert not cluster.is_running()


def test_starting_twice_and_stopping_twice_change_nothing(data: Path) -> None:
    cluster = Cluster(data, throwaway=True)
    cluster.start()
    pid = server_pid(cluster)
    cluster.start()
    assert server_pid(cluster) == pid
    cluster.stop()
    cluster.stop()


def test_commands_that_start_at_the_same_moment_share_one_server(data: Path) -> None:
    program = (
        "import sys, pathlib, psycopg\n"
        "from foedera.config.embedded import running\n"
        "with running(pathlib.Path(sys.argv[1])) as cluster:\n"
        "    with psycopg.connect(cluster.url) as connection:\n"
        "        print(connection.execute('SELECT system_identifier FROM pg_control_system()').fetchone()[0])\n"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program, str(data)], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    said = [process.communicate(timeout=120)[0].strip() for process in started]
    assert [process.returncode for process in started] == [0] * 4
    assert len(set(said)) == 1
    assert not Cluster(data).is_running()


@LINUX_PROC
def test_a_killed_server_starts_again_with_its_data(data: Path) -> None:
    cluster = Cluster(data)
    cluster.start()
    with psycopg.connect(cluster.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    os.kill(server_pid(cluster), signal.SIGKILL)
    assert (cluster.cluster / "postmaster.pid").exists()
    with running(data) as again:
        assert answer(again, "SELECT one FROM kept") == 1


@LINUX_PROC
def test_a_pid_file_whose_number_now_belongs_to_another_process_does_not_hinder(data: Path) -> None:
    with running(data) as cluster:
        lines = (cluster.cluster / "postmaster.pid").read_text().splitlines()
    file = cluster.cluster / "postmaster.pid"
    file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    os.chown(file, cluster.cluster.stat().st_uid, cluster.cluster.stat().st_gid)
    assert not cluster.is_running()
    with running(data) as again:
        assert answer(again, "SELECT 1") == 1


def test_a_path_too_long_for_a_socket_gets_a_private_socket_folder_that_is_removed(data: Path) -> None:
    deep = data / ("d" * LONGEST_SOCKET_FOLDER)
    data.mkdir(mode=0o711)
    with running(deep) as cluster:
        assert answer(cluster, "SELECT 1") == 1
        place = socket_folder(cluster)
        assert place.parent != cluster.folder
        assert place.stat().st_mode & 0o077 == 0
    assert not place.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root lends the cluster to another user")
def test_a_folder_closed_to_the_unprivileged_user_is_replaced_by_a_link(data: Path) -> None:
    data.mkdir()
    closed = data / "closed"
    closed.mkdir(mode=0o700)
    with running(closed / "data") as cluster:
        real = cluster.folder.resolve()
        assert cluster.folder.is_symlink()
        assert answer(cluster, "SELECT 1") == 1
    with running(closed / "data") as again:
        assert again.folder.resolve() == real
    subprocess.run(["rm", "-r", str(real)], check=True)


def test_without_root_the_server_belongs_to_whoever_starts_it(data: Path) -> None:
    if os.geteuid() != 0:
        with running(data) as cluster:
            assert cluster.cluster.stat().st_uid == os.geteuid()
        return
    # Root becomes an ordinary user, who may read this program, in a process of its own.
    data.mkdir()
    os.chown(data, 65534, 65534)
    program = (
        "import os, sys, pathlib\n"
        "import psycopg\n"
        "from foedera.config.embedded import running\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "with running(pathlib.Path(sys.argv[1])) as cluster:\n"
        "    print(cluster.cluster.stat().st_uid, psycopg.connect(cluster.url).execute('SELECT 1').fetchone()[0])\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(data)], capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == ["65534", "1"], done.stderr


def test_a_folder_that_cannot_be_made_is_explained_in_one_paragraph(data: Path) -> None:
    data.write_text("a file where a folder should be")
    with pytest.raises(ClusterError) as raised:
        Cluster(data / "inside").start()
    assert "\n" not in str(raised.value)
    assert str(data) in str(raised.value)
    data.unlink()


def test_a_cluster_of_an_unknown_version_is_refused_and_left_alone(data: Path) -> None:
    with running(data) as cluster:
        pass
    version = cluster.cluster / "PG_VERSION"
    version.write_text("9\n")
    with pytest.raises(ClusterError, match="PostgreSQL 9"):
        Cluster(data).start()
    version.write_text(f"{find_binaries().major}\n")
    with running(data) as again:
        assert answer(again, "SELECT 1") == 1


def test_a_full_disk_is_explained(tmp_path: Path) -> None:
    said = 'LOG:  starting\nFATAL:  could not write lock file "postmaster.pid": No space left on device'
    error = str(explained("Starting PostgreSQL", said, tmp_path / "not" / "there"))
    assert "full" in error
    assert "MiB are left" in error
    assert "--data" in error
    assert "\n" not in error


def test_what_postgresql_said_is_passed_on(tmp_path: Path) -> None:
    said = 'LOG:  hello\nFATAL:  syntax error in file "postgresql.conf" line 3\nLOG:  bye'
    error = str(explained("Starting PostgreSQL", said, tmp_path))
    assert "syntax error" in error
    assert "hello" not in error


def test_programs_named_by_the_operator_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = find_binaries().folder
    monkeypatch.setenv("FOEDERA_POSTGRES", str(folder))
    assert find_binaries().folder == folder
    monkeypatch.setenv("FOEDERA_POSTGRES", "/nowhere")
    with pytest.raises(ClusterError, match="DATABASE_URL"):
        find_binaries()
