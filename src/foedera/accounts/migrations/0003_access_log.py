from django.db import migrations

# The access log takes new lines, and once the answer to each; nothing else, from nobody.
KEEP = """
CREATE FUNCTION accounts_accessentry_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.status IS NULL AND NEW.status IS NOT NULL
           AND (to_jsonb(NEW) - 'status') = (to_jsonb(OLD) - 'status') THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the access log is kept as it was written: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER kept_rows BEFORE UPDATE OR DELETE ON accounts_accessentry
    FOR EACH ROW EXECUTE FUNCTION accounts_accessentry_kept();
CREATE TRIGGER kept_whole BEFORE TRUNCATE ON accounts_accessentry
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_accessentry_kept();
"""
FREE = """
DROP TRIGGER kept_whole ON accounts_accessentry;
DROP TRIGGER kept_rows ON accounts_accessentry;
DROP FUNCTION accounts_accessentry_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_sessions_and_delegations")]
    operations = [migrations.RunSQL(KEEP, FREE)]
