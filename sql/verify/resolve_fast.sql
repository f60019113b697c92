-- Verify larwm:resolve_fast
BEGIN;
SELECT 'larwm.allocation_of_unit'::regclass, 'larwm.case_property_of_case'::regclass;
SELECT 1 / (count(*) = 1)::int
  FROM larwm.resolve(ARRAY['NOBODY-0'], ARRAY[NULL::timestamptz], ARRAY[now()]) WHERE NOT known;
ROLLBACK;
