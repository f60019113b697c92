-- Revert larwm:equipment
BEGIN;
SET LOCAL ROLE larwm_owner;
DROP TABLE larwm.unmet_need;
DROP VIEW larwm.waiting_ranked;
DROP TABLE larwm.waiting_list;
DROP TABLE larwm.unit_transfer;
DROP TABLE larwm.stock_movement;
DROP TABLE larwm.stock;
ALTER TABLE larwm.unit DROP COLUMN store_id;
DROP TABLE larwm.store;
COMMIT;
