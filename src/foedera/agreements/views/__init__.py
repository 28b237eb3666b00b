"""Pages of the register: lists, one agreement, its steps, its texts; ties."""

from .records import TABS, agreement_record, step_url
from .registers import agreement_list, tie_list
from .steps import STEPS_OVER_FACTS, agreement_change, agreement_create, agreement_step
from .texts import TextForm, agreement_add_text, agreement_text, compare_texts
from .ties import tie_create, tie_record, tie_step

__all__ = [
    "STEPS_OVER_FACTS",
    "TABS",
    "TextForm",
    "agreement_add_text",
    "agreement_change",
    "agreement_create",
    "agreement_list",
    "agreement_record",
    "agreement_step",
    "agreement_text",
    "compare_texts",
    "step_url",
    "tie_create",
    "tie_list",
    "tie_record",
    "tie_step",
]
