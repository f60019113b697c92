-- Revert larwm:admin_units
BEGIN;
SET LOCAL ROLE larwm_owner;
DROP FUNCTION larwm.test_window_close;
DROP FUNCTION larwm.test_window_open;
DROP FUNCTION larwm.unit_tested;
DROP FUNCTION larwm.unit_rekey;
DROP FUNCTION larwm.credential_revoke;
DROP FUNCTION larwm.credential_add;
DROP FUNCTION larwm.unit_retire;
DROP FUNCTION larwm.unit_set_status;
DROP FUNCTION larwm.unit_add;
DROP FUNCTION larwm.is_allocated;
DROP FUNCTION larwm.move_unit;
DROP FUNCTION larwm.lock_unit;
DROP TABLE larwm.unit_move;
DROP FUNCTION larwm.admin_audit;
DROP FUNCTION larwm.admin_actor;
COMMIT;
