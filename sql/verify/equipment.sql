-- Verify larwm:equipment
BEGIN;
SELECT * FROM larwm.store WHERE false;
SELECT * FROM larwm.stock WHERE false;
SELECT * FROM larwm.stock_movement WHERE false;
SELECT * FROM larwm.unit_transfer WHERE false;
SELECT * FROM larwm.waiting_list WHERE false;
SELECT * FROM larwm.waiting_ranked WHERE false;
SELECT * FROM larwm.unmet_need WHERE false;
SELECT store_id FROM larwm.unit WHERE false;
ROLLBACK;
