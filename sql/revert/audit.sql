-- Revert larwm:audit
BEGIN;
SET LOCAL ROLE larwm_owner;
DROP FUNCTION larwm.audit_head;
DROP FUNCTION larwm.audit_verify;
DROP FUNCTION larwm.audit_append;
DROP TABLE larwm.audit;
DROP TABLE larwm.audit_chain;
DROP FUNCTION larwm.refuse_change;
DROP FUNCTION larwm.audit_hash;
COMMIT;
