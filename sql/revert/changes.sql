-- Revert larwm:changes
BEGIN;
SET LOCAL ROLE larwm_owner;
SET LOCAL client_min_messages = warning;
-- The triggers go with their function.
DROP FUNCTION larwm.notify_changed CASCADE;
COMMIT;
