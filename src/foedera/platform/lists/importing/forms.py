"""The forms of the import: which file, and which column fills which field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from foedera.platform.lists.description import Words

from .adapters import ImportAdapter
from .mapping import FieldMapping, ImportMapping, Target, mapping_from

AS_SAID = "="


class FileForm(forms.Form):
    """Which file, of what kind, and what happens to the good rows when others are faulty."""

    kind = forms.ChoiceField()
    file = forms.FileField()
    all_or_nothing = forms.ChoiceField()
    use_required_attribute = False

    def __init__(self, adapters: Sequence[ImportAdapter], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["kind"].label = _("What is imported")
        fields["kind"].choices = [(a.kind, a.label) for a in adapters]
        fields["file"].label = _("File")
        fields["file"].help_text = _("CSV, XLSX or JSON Lines, also packed with gzip; the first row names the columns.")
        fields["file"].widget.attrs["accept"] = ".csv,.xlsx,.jsonl,.gz"
        fields["all_or_nothing"].label = _("When rows are faulty")
        fields["all_or_nothing"].choices = [
            ("", _("Import the good rows and report the others")),
            ("yes", _("Import nothing")),
        ]
        fields["all_or_nothing"].required = False


class ColumnsForm(forms.Form):
    """Which column of the file fills which field, and the settings that are no columns."""

    use_required_attribute = False

    def __init__(
        self,
        adapter: ImportAdapter,
        targets: Sequence[Target],
        columns: Sequence[str],
        mapping: ImportMapping,
        *args: Any,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.adapter, self.targets = adapter, tuple(targets)
        self.mapping = mapping
        self.groups: list[tuple[Words, tuple[str, ...]]] = []
        named = [c for c in columns if c]
        filled: list[str] = []
        others: list[str] = []
        for target in self.targets:
            name = f"field:{target.name}"
            self._add_field(name, target, named)
            (filled if target.name in mapping.fields or target.required else others).append(name)
        settings = ["existing"]
        self.fields["existing"] = forms.ChoiceField(
            label=_("What is in the register already"),
            choices=[
                ("update", _("Bring up to date")),
                ("fill", _("Only complete where it is blank")),
                ("skip", _("Leave as it is")),
            ],
            initial=mapping.existing,
        )
        for option in adapter.options():
            name = f"option:{option.name}"
            self.fields[name] = forms.CharField(
                label=str(option.label),
                help_text=str(option.help),
                required=False,
                initial=mapping.options.get(option.name, option.default),
                max_length=1000,
                strip=False,
            )
            settings.append(name)
        self.fields["keep_as"] = forms.CharField(
            label=_("Keep these columns under a name"),
            help_text=_("Next time a file with this header is understood by itself."),
            required=False,
            max_length=100,
        )
        self.groups = [
            (_("Fields that are filled"), tuple(filled)),
            (_("Settings"), tuple(settings)),
            (_("Other fields"), tuple(others)),
            (_("For the next time"), ("keep_as",)),
        ]

    def _add_field(self, name: str, target: Target, columns: Sequence[str]) -> None:
        described = self.mapping.fields.get(target.name)
        choices: list[tuple[str, Words]] = [("", _("— not filled —")), *((c, c) for c in columns)]
        initial = ""
        if described is not None:
            if len(described.columns) == 1 and described.columns[0] in columns:
                initial = described.columns[0]
            else:
                initial = AS_SAID
                choices.insert(
                    1, (AS_SAID, _("as the mapping says: %(columns)s") % {"columns": ", ".join(described.used())})
                )
        self.fields[name] = forms.ChoiceField(
            label=f"{target.label} ({target.language})" if target.language and not target.column else str(target.label),
            help_text=str(target.help),
            choices=choices,
            required=target.required,
            initial=initial,
        )

    def chosen(self) -> ImportMapping:
        """The mapping that the form describes: what a field does with its column stays as the mapping behind the form says.

        Raises MappingFault.
        """
        typed = self.cleaned_data
        fields: dict[str, Any] = {}
        for target in self.targets:
            column = typed[f"field:{target.name}"]
            before = self.mapping.fields.get(target.name)
            if not column:
                continue
            stays = before is not None and (column == AS_SAID or before.columns == [column])
            kept = before if stays and before is not None else FieldMapping(columns=[column])
            fields[target.name] = kept.model_dump(by_alias=True, exclude_defaults=True)
        options = {o.name: typed[f"option:{o.name}"] for o in self.adapter.options() if typed[f"option:{o.name}"]}
        data = self.mapping.stored() | {"fields": fields, "options": options, "existing": typed["existing"]}
        return mapping_from(data)
