-- Verify larwm:task_triggers
BEGIN;
SELECT 1 / (count(*) = 4)::int FROM pg_trigger
 WHERE tgname IN ('incident_tasks_new', 'incident_tasks_changed', 'incident_marker_new',
                  'incident_marker_changed');
SELECT 'larwm.raise_marker_task()'::regprocedure;
ROLLBACK;
