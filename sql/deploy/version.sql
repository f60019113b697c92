-- Deploy larwm:version
-- requires: grants
-- requires: changes
-- What programs compare with the version they were built for. A change that alters an interface of
-- sql/README.md raises the number.
BEGIN;
SET LOCAL ROLE larwm_owner;

CREATE FUNCTION larwm.schema_version() RETURNS int
LANGUAGE sql IMMUTABLE AS $$ SELECT 1 $$;
COMMENT ON FUNCTION larwm.schema_version IS 'Version of the interfaces of this schema.';
REVOKE ALL ON FUNCTION larwm.schema_version FROM PUBLIC;
GRANT EXECUTE ON FUNCTION larwm.schema_version TO larwm_daemon, larwm_admin, larwm_report;

COMMIT;
