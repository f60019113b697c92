-- Revert larwm:markers
BEGIN;
SET LOCAL ROLE larwm_owner;
DROP FUNCTION larwm.marker_status_at;
DROP FUNCTION larwm.marker_at;
DROP TABLE larwm.marker_decision;
DROP TABLE larwm.marker;
COMMIT;
