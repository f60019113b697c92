-- Verify larwm:resolve
BEGIN;
SELECT idx, known, unit_status, allocation_id, earlier_allocation, linked_case, case_id, risk,
       hazards, property_id, resident_moved, marker_status, force_code, allocation_from
  FROM larwm.resolve('{}', '{}', '{}') WHERE false;
SELECT 1 / (NOT known)::int FROM larwm.resolve(ARRAY['NO-SUCH-UNIT'], ARRAY[NULL::timestamptz],
                                               ARRAY[now()]);
SELECT 1 / (count(*) = 0)::int FROM larwm.resolve_case('ZZ-0000-0000', '', now());
SELECT 1 / (larwm.last_holder('NO-SUCH-UNIT', now()) IS NULL)::int;
ROLLBACK;
