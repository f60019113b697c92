-- Verify larwm:recorder_cost
BEGIN;
SELECT 1 / (count(*) = 1)::int FROM pg_index
 WHERE indrelid = 'larwm.incident_history'::regclass AND indisprimary AND indnatts = 4;
SELECT 1 / (count(*) = 1)::int FROM pg_index WHERE indrelid = 'larwm.incident_history'::regclass;
SELECT 1 / (count(*) = 1)::int FROM pg_index WHERE indrelid = 'larwm.incident_signal'::regclass;
SELECT 1 / (reloptions = '{fillfactor=50}')::int FROM pg_class WHERE oid = 'larwm.incident'::regclass;
SELECT 'larwm.raise_marker_tasks()'::regprocedure;
ROLLBACK;
