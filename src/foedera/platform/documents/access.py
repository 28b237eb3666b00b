"""Files are seen by whoever sees something that refers to them, and by whoever has just brought them."""

from foedera.platform.access.fences import FILES, WRITES, Fence, add_function, as_parent, declare, referred_to, through

from .models import FilePage, FileText, StoredFile


def _of_files() -> Fence:
    referred = referred_to(StoredFile, apart_from=(FilePage, FileText))
    return Fence(f"{{row}}.id = ANY ({FILES}::bigint[]) OR {through('file', referred)}", writes="false")


declare(StoredFile, _of_files)
# Words of a file are read by whoever reads the file; they are found in background work.
declare(FileText, lambda: Fence(as_parent(FileText, "file").reads, writes=WRITES))
declare(FilePage, lambda: Fence(as_parent(FilePage, "file").reads, writes=WRITES))

# The same content is kept once, whoever brought it first; whoever brings it again has it already.
add_function("""
CREATE OR REPLACE FUNCTION foedera_keep_file(the_digest text, the_size bigint, the_type text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found bigint;
BEGIN
    INSERT INTO platform_documents_storedfile (digest, size, media_type) VALUES (the_digest, the_size, the_type)
    ON CONFLICT (digest) DO NOTHING RETURNING id INTO found;
    IF found IS NULL THEN
        SELECT id INTO found FROM platform_documents_storedfile WHERE digest = the_digest;
    END IF;
    RETURN found;
END $$;
""")
