"""The SQL of a merge. Names of tables and columns come from models, values only as parameters.

`s` is a staged row, `t` the row that is there, `m` their match; `p` a staged part, `c` a part that is there.
"""

from __future__ import annotations

REMEMBER = "INSERT INTO import_seen SELECT key, row_no FROM import_rows ON CONFLICT DO NOTHING"
REPEATED = """
DELETE FROM import_rows r USING import_seen e WHERE e.key = r.key AND e.row_no <> r.row_no RETURNING r.row_no, r.key, e.row_no
"""
MATCHED = """
INSERT INTO import_match
SELECT row_no, {number} AS id, id IS NULL AS is_new, false AS differs, false AS parts_differ
FROM (
    SELECT DISTINCT ON (s.row_no) s.row_no, t.id FROM import_rows s LEFT JOIN {table} t ON {key} = s.key ORDER BY s.row_no, t.id
) matched
"""
UNKNOWN = """
DELETE FROM import_match m USING import_rows s WHERE s.row_no = m.row_no AND m.is_new RETURNING m.row_no, s.key
"""
HIDDEN = """
DELETE FROM import_match m USING import_rows s
WHERE s.row_no = m.row_no AND NOT m.is_new AND NOT EXISTS (SELECT FROM ({visible}) v WHERE v.pk = m.id) RETURNING m.row_no, s.key
"""
DIFFERING = """
UPDATE import_match m SET differs = true FROM import_rows s, {table} t
WHERE s.row_no = m.row_no AND t.id = m.id AND NOT m.is_new AND ({conditions})
"""
LOCKED = """
SELECT id FROM {table} WHERE id IN (SELECT id FROM import_match WHERE (differs OR parts_differ) AND NOT is_new)
ORDER BY id FOR UPDATE
"""
INSERT = """
INSERT INTO {table} (id, {columns})
SELECT m.id, {values} FROM import_match m JOIN import_rows s ON s.row_no = m.row_no
WHERE m.is_new AND m.row_no BETWEEN %s AND %s ORDER BY m.row_no
"""
UPDATE = """
UPDATE {table} t SET {changes} FROM import_match m JOIN import_rows s ON s.row_no = m.row_no
WHERE t.id = m.id AND m.differs AND NOT m.is_new AND m.row_no BETWEEN %s AND %s
"""
VERSION = """
UPDATE {table} t SET version = t.version + 1, updated_at = now() FROM import_match m
WHERE t.id = m.id AND m.parts_differ AND NOT m.differs AND NOT m.is_new AND m.row_no BETWEEN %s AND %s
"""

# Parts (child rows). "sign" is the row as text, "n" tells equal ones apart.
SIGNED_PARTS = """
SELECT p.row_no, p.position, {signature} AS sign,
       row_number() OVER (PARTITION BY p.row_no, {signature} ORDER BY p.position) AS n, {columns}
FROM {stage} p
"""
PRESENT_PARTS = """
SELECT c.id, m.row_no, {signature} AS sign,
       row_number() OVER (PARTITION BY c.{parent}, {signature} ORDER BY c.id) AS n
FROM {table} c JOIN import_match m ON c.{parent} = m.id WHERE NOT m.is_new
"""
PARTS_DIFFERING = """
UPDATE import_match m SET parts_differ = true WHERE NOT m.is_new AND m.row_no IN (
    WITH said AS ({said}), present AS ({present})
    SELECT s.row_no FROM said s LEFT JOIN present c ON c.row_no = s.row_no AND c.sign = s.sign AND c.n = s.n WHERE c.id IS NULL
    {gone}
)
"""
PARTS_GONE = """
    UNION SELECT c.row_no FROM present c LEFT JOIN said s ON c.row_no = s.row_no AND c.sign = s.sign AND c.n = s.n
    WHERE s.row_no IS NULL AND c.row_no IN (SELECT row_no FROM said)
"""
DELETE_PARTS = """
WITH said AS ({said}), present AS ({present})
DELETE FROM {table} WHERE id IN (
    SELECT c.id FROM present c LEFT JOIN said s ON c.row_no = s.row_no AND c.sign = s.sign AND c.n = s.n
    WHERE s.row_no IS NULL AND c.row_no IN (SELECT row_no FROM said) AND c.row_no BETWEEN %s AND %s
)
"""
INSERT_PARTS = """
INSERT INTO {table} ({parent}, {columns})
SELECT m.id, {values} FROM {stage} s JOIN import_match m ON m.row_no = s.row_no
WHERE m.is_new AND m.row_no BETWEEN %s AND %s ORDER BY s.row_no, s.position
"""
INSERT_MISSING_PARTS = """
WITH said AS ({said}), present AS ({present})
INSERT INTO {table} ({parent}, {columns})
SELECT m.id, {values} FROM said s JOIN import_match m ON m.row_no = s.row_no
LEFT JOIN present c ON c.row_no = s.row_no AND c.sign = s.sign AND c.n = s.n
WHERE c.id IS NULL AND m.parts_differ AND m.row_no BETWEEN %s AND %s ORDER BY s.row_no, s.position
"""
