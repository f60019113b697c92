-- Verify larwm:tasks
BEGIN;
SELECT * FROM larwm.task WHERE false;
SELECT 1 / (count(*) = 3)::int FROM pg_trigger
 WHERE tgname IN ('incident_tasks_new', 'incident_tasks_changed', 'signal_test');
SELECT 'larwm.task_one_renewal'::regclass;
ROLLBACK;
