"""The embedded PostgreSQL: a cluster in the data folder, run as an unprivileged user, reached by a Unix socket only."""

from foedera.config.embedded.binaries import Binaries, find_binaries
from foedera.config.embedded.cluster import Cluster, running
from foedera.config.embedded.errors import ClusterError

__all__ = ["Binaries", "Cluster", "ClusterError", "find_binaries", "running"]
