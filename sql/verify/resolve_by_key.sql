-- Verify larwm:resolve_by_key
BEGIN;
SELECT 1 / (count(*) = 3)::int FROM pg_proc
 WHERE pronamespace = 'larwm'::regnamespace AND proname IN ('resolve', 'resolve_case', 'fill_cards')
   AND proconfig @> ARRAY['enable_seqscan=off', 'enable_hashjoin=off', 'enable_mergejoin=off'];
ROLLBACK;
