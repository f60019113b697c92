-- Revert larwm:appschema
BEGIN;
SET LOCAL ROLE larwm_owner;
SET LOCAL client_min_messages = warning;
DROP SCHEMA larwm CASCADE;
COMMIT;
