-- Revert larwm:directory
BEGIN;
SET LOCAL ROLE larwm_owner;
DROP VIEW larwm.directory_forces;
DROP VIEW larwm.directory_users;
DROP VIEW larwm.directory_dc09;
DROP VIEW larwm.directory_units;
COMMIT;
