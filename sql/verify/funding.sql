-- Verify larwm:funding
BEGIN;
SELECT * FROM larwm.fund WHERE false;
SELECT * FROM larwm.cost_line WHERE false;
SELECT 1 / (count(*) = 1)::int FROM pg_constraint WHERE conname = 'cost_line_payer_never_victim';
SELECT 1 / (larwm.fund_remaining(-1) IS NULL)::int;
ROLLBACK;
