-- Revert larwm:resolve
BEGIN;
SET LOCAL ROLE larwm_owner;
DROP FUNCTION larwm.last_holder;
DROP FUNCTION larwm.resolve_case;
DROP FUNCTION larwm.resolve;
DROP FUNCTION larwm.fill_cards;
DROP FUNCTION larwm.moved_from_since;
DROP FUNCTION larwm.residence_at;
DROP TYPE larwm.resolve_card;
DROP TYPE larwm.resolve_pick;
COMMIT;
