"""Who sees accounts: everybody his own and his colleagues', oversight all. Before it is known who asks, narrow functions find out."""

from foedera.platform.access.asking import ARRIVING
from foedera.platform.access.fences import (
    ADMINISTRATOR,
    BODY,
    PERSON,
    ROLE,
    SIGNED_IN,
    Fence,
    add_function,
    as_parent,
    declare,
    of_person,
    refers,
    through,
)

from .models import AccessEntry, Delegation, Duty, Elevation, OpenReading, Person, ServiceToken, SignInFailures, Token

# Own duties and those that are lent to whoever asks.
DUTIES = "(SELECT foedera_asker_duties())::bigint[]"
OVERSIGHT = f"{ROLE} IN ('administrator', 'auditor', 'coordinator')"
# At the pages of sign-in accounts are looked for before it is known who asks; of what they may do nothing is seen there.
SIGNING_IN = f"({ROLE} = '{ARRIVING}' AND {PERSON} IS NULL AND {BODY} IS NULL)"
OF_OWN_DUTY = f"{{row}}.duty_id = ANY ({DUTIES})"
OF_OWN_BODY = f"({SIGNED_IN} AND {{row}}.body_id = {BODY})"

# Whoever is named in what may be seen: colleagues, who has opened a record of one's body, who has lent a role or made a token.
NAMED = through(
    "person",
    " OR ".join(
        refers(table, column)
        for table, column in (
            ("accounts_duty", "person_id"),
            ("accounts_openreading", "person_id"),
            ("accounts_delegation", "person_id"),
            ("accounts_servicetoken", "made_by_id"),
        )
    ),
)
OPENED_IN = through(
    "duty", f"{refers('accounts_openreading', 'duty_id')} OR {refers('accounts_delegation', 'duty_id')}"
)

declare(
    Person,
    Fence(
        f"{{row}}.id = {PERSON} OR {OVERSIGHT} OR {SIGNING_IN} OR {NAMED}",
        # Whoever comes from the identity provider for the first time gets an account without a role.
        writes=f"{{row}}.id = {PERSON} OR {ADMINISTRATOR} OR ({SIGNING_IN} AND {{row}}.external_id <> '')",
    ),
)
declare(
    Duty, Fence(f"{{row}}.id = ANY ({DUTIES}) OR {OVERSIGHT} OR {OF_OWN_BODY} OR {OPENED_IN}", writes=ADMINISTRATOR)
)
declare(
    Delegation,
    Fence(f"{of_person().reads} OR {OF_OWN_DUTY} OR {OVERSIGHT}", writes=f"{OF_OWN_DUTY} OR {ADMINISTRATOR}"),
)
declare(Elevation, Fence(f"{OF_OWN_DUTY} OR {OVERSIGHT}", writes=f"{OF_OWN_DUTY} OR {ADMINISTRATOR}"))
declare(AccessEntry, lambda: Fence(as_parent(AccessEntry, "elevation").reads, writes=ADMINISTRATOR))
declare(
    OpenReading,
    Fence(
        f"{of_person().reads} OR {{row}}.owner_id = {BODY} OR {ROLE} IN ('coordinator', 'auditor')",
        writes=f"{of_person().reads} OR {{row}}.owner_id = {BODY} OR {ROLE} = 'coordinator'",
    ),
)
declare(Token, Fence(OF_OWN_DUTY, writes=OF_OWN_DUTY))
declare(
    ServiceToken,
    Fence(f"{OF_OWN_BODY} OR {ROLE} IN ('administrator', 'auditor')", writes=f"{OF_OWN_BODY} OR {ADMINISTRATOR}"),
)
# Counted before anybody has signed in, of logins that exist or not.
declare(SignInFailures, Fence("true", writes="true", before_asking=True))

# Whose login or token it is, and nothing more about him.
add_function("""
CREATE OR REPLACE FUNCTION foedera_person_of_login(the_login text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM accounts_person WHERE lower(login) = lower(the_login)
$$;
""")
add_function("""
CREATE OR REPLACE FUNCTION foedera_person_of_token(the_digest text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT d.person_id FROM accounts_token t JOIN accounts_duty d ON d.id = t.duty_id WHERE t.digest = the_digest
$$;
""")
add_function("""
CREATE OR REPLACE FUNCTION foedera_body_of_token(the_digest text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT body_id FROM accounts_servicetoken WHERE digest = the_digest
$$;
""")
add_function("""
CREATE OR REPLACE FUNCTION foedera_asker_duties() RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(id), '{}') FROM (
        SELECT id FROM accounts_duty WHERE person_id = foedera_asker_person()
        UNION
        SELECT duty_id FROM accounts_delegation
        WHERE person_id = foedera_asker_person() AND revoked_at IS NULL
          AND foedera_asker_today() BETWEEN valid_from AND valid_until
    ) held
$$;
""")
add_function("""
CREATE OR REPLACE FUNCTION foedera_asker_opened(of_table text) RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(record_id), '{}') FROM accounts_openreading
    WHERE table_name = of_table AND person_id = foedera_asker_person() AND duty_id = foedera_asker_duty()
      AND valid_from <= clock_timestamp() AND valid_until > clock_timestamp() AND ended_at IS NULL
$$;
""")
# Which roles are held in which bodies, and not by whom: for everybody inside, who may ask whose work a step is.
add_function("""
CREATE OR REPLACE FUNCTION foedera_seats(the_day date) RETURNS TABLE (role text, body_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT d.role::text, d.body_id FROM accounts_duty d JOIN accounts_person p ON p.id = d.person_id
    WHERE foedera_asker_role() NOT IN ('public', 'arriving') AND p.is_active
      AND d.valid_from <= the_day AND (d.valid_until IS NULL OR d.valid_until >= the_day)
$$;
""")
# Whether there is such a restricted record, for those who may open one with a reason.
add_function("""
CREATE OR REPLACE FUNCTION foedera_restricted_record(of_table text, the_number text)
RETURNS TABLE (id bigint, owner_id bigint, number text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF foedera_asker_role() IN ('coordinator', 'legal', 'inspector', 'auditor') THEN
        RETURN QUERY EXECUTE format(
            'SELECT r.id, r.owner_id, r.number::text FROM %I r WHERE r.publicity = $1 AND r.number = $2', of_table
        ) USING 'restricted', the_number;
    END IF;
END $$;
""")
