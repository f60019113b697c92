-- Verify larwm:mass_loss
BEGIN;

SELECT 'gathered'::larwm.outcome, 'gathered'::larwm.history_kind;
SELECT 1 / (larwm.schema_version() >= 3)::int;

ROLLBACK;
