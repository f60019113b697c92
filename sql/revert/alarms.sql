-- Revert larwm:alarms
BEGIN;
SET LOCAL ROLE larwm_owner;
DROP TABLE larwm.disclosure;
DROP TABLE larwm.watch_log;
DROP TABLE larwm.delivery;
DROP TABLE larwm.escalation;
DROP TABLE larwm.incident_history;
DROP TABLE larwm.incident_signal;
DROP TABLE larwm.incident;
DROP TABLE larwm.signal;
DROP TABLE larwm.applied_position;
COMMIT;
