-- Revert larwm:funding
BEGIN;
SET LOCAL ROLE larwm_owner;
DROP FUNCTION larwm.fund_remaining;
DROP TABLE larwm.cost_line;
DROP TABLE larwm.fund;
COMMIT;
