-- Verify larwm:roles
BEGIN;
SELECT 1 / (count(*) = 4)::int FROM pg_roles
 WHERE rolname IN ('larwm_owner', 'larwm_daemon', 'larwm_admin', 'larwm_report')
   AND NOT rolcanlogin AND NOT rolsuper;
ROLLBACK;
