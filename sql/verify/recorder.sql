-- Verify larwm:recorder
BEGIN;

SELECT id, node, pos, at, error, effect FROM larwm.record_refused WHERE false;
SELECT fingerprint FROM larwm.directory_revoked WHERE false;
SELECT identifier, allocation_id, held_from FROM larwm.directory_holders WHERE false;
SELECT has_function_privilege('larwm_daemon', 'larwm.applied_read(int)', 'execute');

ROLLBACK;
