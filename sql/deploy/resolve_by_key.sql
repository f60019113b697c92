-- Deploy larwm:resolve_by_key
-- requires: directory_linear
-- A look-up finds rows by their keys. A plan is kept for the life of a session and may have been made
-- while the tables were small; left alone, PostgreSQL read all units, homes, cases and persons and
-- hashed them for every question: 1.4 ms with 1,000 cases, and in proportion to the fleet.
BEGIN;
SET LOCAL ROLE larwm_owner;

ALTER FUNCTION larwm.resolve(text[], timestamptz[], timestamptz[])
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off;
ALTER FUNCTION larwm.resolve_case(text, text, timestamptz)
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off;
ALTER FUNCTION larwm.fill_cards(larwm.resolve_pick[])
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off;

COMMIT;
