-- Verify larwm:markers
BEGIN;
SELECT property_id, force_id, reference, valid_from, valid_to, withdrawn_at FROM larwm.marker
 WHERE false;
SELECT case_id, officer, decided_at, panic_alarm, marker FROM larwm.marker_decision WHERE false;
SELECT 1 / (larwm.marker_status_at(-1, now()) = 'none')::int;
ROLLBACK;
