-- Revert larwm:version
BEGIN;
SET LOCAL ROLE larwm_owner;
DROP FUNCTION larwm.schema_version;
COMMIT;
