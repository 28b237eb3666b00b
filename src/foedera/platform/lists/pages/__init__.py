"""Pages made from the description: the list, the facts of a record, and the forms of its actions."""

from .accompanying import accompanied
from .facets import FACET_VALUES
from .forms import FormOptions, action_response, fingerprint, fingerprints, refuse_early, version_of
from .records import fact_groups, find, find_with_row, read_row, steps_of, timeline_entries
from .tables import COUNTED_AT_ONCE, ListOptions, export_response, list_response
from .values import cell_of, choice_of, context_of, words_of

__all__ = [
    "COUNTED_AT_ONCE",
    "FACET_VALUES",
    "FormOptions",
    "ListOptions",
    "accompanied",
    "action_response",
    "cell_of",
    "choice_of",
    "context_of",
    "export_response",
    "fact_groups",
    "find",
    "find_with_row",
    "fingerprint",
    "fingerprints",
    "list_response",
    "read_row",
    "refuse_early",
    "steps_of",
    "timeline_entries",
    "version_of",
    "words_of",
]
