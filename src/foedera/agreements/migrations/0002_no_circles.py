"""A chain of amendments, replacements or frameworks never leads back to where it began."""

from django.db import migrations

LINKS = """
CREATE FUNCTION agreements_no_circle_of_links() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- One writer of links at a time: two halves of a circle written at once would not see each other.
    PERFORM pg_advisory_xact_lock(hashtext('agreements_agreementlink'));
    IF EXISTS (
        WITH RECURSIVE chain(id) AS (
            SELECT NEW.target_id
            UNION
            SELECT l.target_id FROM agreements_agreementlink l JOIN chain c ON l.agreement_id = c.id AND l.kind = NEW.kind
        ) SELECT 1 FROM chain WHERE id = NEW.agreement_id
    ) THEN
        RAISE EXCEPTION 'circular chain of agreements' USING ERRCODE = 'check_violation', CONSTRAINT = 'agreements_link_circle';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER no_circle BEFORE INSERT OR UPDATE OF target_id, agreement_id, kind ON agreements_agreementlink
    FOR EACH ROW EXECUTE FUNCTION agreements_no_circle_of_links();

CREATE FUNCTION agreements_no_circle_of_frameworks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('agreements_framework'));
    IF EXISTS (
        WITH RECURSIVE chain(id) AS (
            SELECT NEW.framework_id
            UNION
            SELECT a.framework_id FROM agreements_agreement a JOIN chain c ON a.id = c.id WHERE a.framework_id IS NOT NULL
        ) SELECT 1 FROM chain WHERE id = NEW.id
    ) THEN
        RAISE EXCEPTION 'circular chain of frameworks' USING ERRCODE = 'check_violation', CONSTRAINT = 'agreements_framework_circle';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER no_circle BEFORE INSERT OR UPDATE OF framework_id ON agreements_agreement
    FOR EACH ROW WHEN (NEW.framework_id IS NOT NULL) EXECUTE FUNCTION agreements_no_circle_of_frameworks();
"""

BACK = """
DROP TRIGGER no_circle ON agreements_agreementlink;
DROP TRIGGER no_circle ON agreements_agreement;
DROP FUNCTION agreements_no_circle_of_links();
DROP FUNCTION agreements_no_circle_of_frameworks();
"""


class Migration(migrations.Migration):
    dependencies = [("agreements", "0001_initial")]
    operations = [migrations.RunSQL(LINKS, BACK)]
