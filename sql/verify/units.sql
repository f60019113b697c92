-- Verify larwm:units
BEGIN;
SELECT id, code, kind, monitored, mobile, heartbeat_interval_s, lost_after FROM larwm.unit_model
 WHERE false;
SELECT id, reference, units, price_pence, during FROM larwm.contract WHERE false;
SELECT id, code, scheme_id, quota FROM larwm.pool WHERE false;
SELECT id, identifier, status, pool_id, silent_receipt, fitted_property_id FROM larwm.unit
 WHERE false;
SELECT unit_id, at, from_status, to_status FROM larwm.unit_event WHERE false;
SELECT unit_id, kind, fingerprint, account, line, dc09_key, valid FROM larwm.unit_credential
 WHERE false;
SELECT unit_id, case_id, holder_id, during FROM larwm.allocation WHERE false;
SELECT unit_id, during, opened_by FROM larwm.test_window WHERE false;
SELECT 1 / (count(*) = 1)::int FROM pg_constraint WHERE conname = 'allocation_no_overlap';
ROLLBACK;
