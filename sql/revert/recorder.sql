-- Revert larwm:recorder
BEGIN;

DROP VIEW larwm.directory_holders;
DROP VIEW larwm.directory_revoked;
DROP TABLE larwm.record_refused;
DROP FUNCTION larwm.audit_append_many;
DROP FUNCTION larwm.applied_read;
DROP FUNCTION larwm.applied_move;

COMMIT;
