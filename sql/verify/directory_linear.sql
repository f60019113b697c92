-- Verify larwm:directory_linear
BEGIN;
-- No part of it is asked for once for each unit.
SELECT 1 / (pg_get_viewdef('larwm.directory_units'::regclass) !~* 'lateral')::int;
ROLLBACK;
