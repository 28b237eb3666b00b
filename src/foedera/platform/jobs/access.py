"""Runs of background work are seen by those who look after it, and written by the program alone."""

from foedera.platform.access.fences import ROLE, Fence, declare

from .declaring import SEEN_BY
from .models import JobRun

ROLES = ", ".join(f"'{role}'" for role in sorted(SEEN_BY))
declare(JobRun, Fence(f"{ROLE} IN ({ROLES})", writes="false"))
