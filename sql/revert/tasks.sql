-- Revert larwm:tasks
BEGIN;
SET LOCAL ROLE larwm_owner;
DROP TRIGGER signal_test ON larwm.signal;
DROP TRIGGER incident_tasks_changed ON larwm.incident;
DROP TRIGGER incident_tasks_new ON larwm.incident;
DROP FUNCTION larwm.complete_installation;
DROP FUNCTION larwm.raise_incident_tasks;
DROP FUNCTION larwm.dau_of_force;
DROP TABLE larwm.task;
COMMIT;
