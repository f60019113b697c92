-- Revert larwm:resolve_by_key
BEGIN;
SET LOCAL ROLE larwm_owner;
ALTER FUNCTION larwm.fill_cards(larwm.resolve_pick[])
    RESET enable_seqscan RESET enable_hashjoin RESET enable_mergejoin;
ALTER FUNCTION larwm.resolve_case(text, text, timestamptz)
    RESET enable_seqscan RESET enable_hashjoin RESET enable_mergejoin;
ALTER FUNCTION larwm.resolve(text[], timestamptz[], timestamptz[])
    RESET enable_seqscan RESET enable_hashjoin RESET enable_mergejoin;
COMMIT;
