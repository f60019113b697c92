-- Verify larwm:alarms
BEGIN;
SELECT node, pos, updated_at FROM larwm.applied_position WHERE false;
SELECT node, pos, unit, kind, repeats, case_id, allocation_id FROM larwm.signal WHERE false;
SELECT node, no, reference, epoch, pos, state, priority, badges FROM larwm.incident WHERE false;
SELECT node, no, pos FROM larwm.incident_signal WHERE false;
SELECT node, pos, idx, no, at, kind FROM larwm.incident_history WHERE false;
SELECT node, no, message_id, state, reason FROM larwm.escalation WHERE false;
SELECT node, pos, no, event, update_no FROM larwm.delivery WHERE false;
SELECT node, pos, username, role, present FROM larwm.watch_log WHERE false;
SELECT node, pos, idx, case_reference, fields, receiver FROM larwm.disclosure WHERE false;
SELECT 1 / (count(*) = 1)::int FROM pg_trigger WHERE tgname = 'disclosure_append_only';
ROLLBACK;
