-- Revert larwm:units
BEGIN;
SET LOCAL ROLE larwm_owner;
DROP TABLE larwm.test_window;
DROP TABLE larwm.allocation;
DROP TABLE larwm.unit_credential;
DROP TABLE larwm.unit_event;
DROP TABLE larwm.unit;
DROP TABLE larwm.pool;
DROP TABLE larwm.contract;
DROP TABLE larwm.unit_model;
COMMIT;
