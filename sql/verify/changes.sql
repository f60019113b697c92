-- Verify larwm:changes
BEGIN;
SELECT 1 / (count(*) >= 20)::int FROM pg_trigger
 WHERE tgfoid = 'larwm.notify_changed'::regproc;
ROLLBACK;
