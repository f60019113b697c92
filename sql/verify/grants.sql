-- Verify larwm:grants
BEGIN;
SELECT 1 / has_table_privilege('larwm_daemon', 'larwm.signal', 'INSERT')::int;
SELECT 1 / (NOT has_table_privilege('larwm_daemon', 'larwm.audit', 'INSERT, UPDATE, DELETE'))::int;
SELECT 1 / (NOT has_table_privilege('larwm_daemon', 'larwm.person', 'SELECT'))::int;
SELECT 1 / (NOT has_table_privilege('larwm_admin', 'larwm.case_record', 'UPDATE'))::int;
SELECT 1 / (NOT has_any_column_privilege('larwm_report', 'larwm.person', 'SELECT'))::int;
ROLLBACK;
