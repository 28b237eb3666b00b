"""The descriptions of agreements and of ties."""

from .agreements import AGREEMENTS, CREATE_MANY, PARTY_COLUMNS
from .ties import TIES
from .values import STATUS_COLOURS, status_choices, status_on

__all__ = ["AGREEMENTS", "CREATE_MANY", "PARTY_COLUMNS", "STATUS_COLOURS", "TIES", "status_choices", "status_on"]
