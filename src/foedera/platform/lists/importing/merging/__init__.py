"""Set-based merging of staged rows with a table: what is new is made, what differs is changed, what is the same is left alone."""

from .merge import Merge, Settled
from .plan import Existing, MergedField, MergedParts, MergePlan, column_of, field_of

__all__ = ["Existing", "Merge", "MergePlan", "MergedField", "MergedParts", "Settled", "column_of", "field_of"]
