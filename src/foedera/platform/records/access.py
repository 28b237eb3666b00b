"""Who may read a record by name is known to whoever may work on the record, and to whom it names."""

from django.apps import apps

from foedera.platform.access.fences import BODY, PERSON, Fence, add_function, declare, of_any

from .models import NamedReader, Record

OWN = f"{{row}}.person_id = {PERSON} OR {{row}}.body_id = {BODY}"


def _of_readers() -> Fence:
    records = [model for model in apps.get_models() if issubclass(model, Record)]
    worked_on = of_any(records, "record_table", "record_id", "works")
    return Fence(f"{OWN} OR {worked_on}", writes=worked_on)


declare(NamedReader, _of_readers)

# Looks past the fence of the readers, which asks for the record, whose fence asks here.
add_function("""
CREATE OR REPLACE FUNCTION foedera_asker_named(of_table text) RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(record_id), '{}') FROM platform_records_namedreader
    WHERE record_table = of_table AND foedera_asker_role() <> 'public'
      AND (person_id = foedera_asker_person() OR body_id = foedera_asker_body())
      AND valid_from <= foedera_asker_today() AND (valid_until IS NULL OR valid_until >= foedera_asker_today())
$$;
""")
