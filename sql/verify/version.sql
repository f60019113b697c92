-- Verify larwm:version
BEGIN;
SELECT 1 / (larwm.schema_version() >= 1)::int;
ROLLBACK;
