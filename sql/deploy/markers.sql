-- Deploy larwm:markers
-- requires: people
-- Police markers. A marker is on a property, not on a person or a unit.
BEGIN;
SET LOCAL ROLE larwm_owner;

CREATE TABLE larwm.marker (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    property_id      bigint NOT NULL REFERENCES larwm.property,
    force_id         bigint NOT NULL REFERENCES larwm.force,
    case_id          bigint REFERENCES larwm.case_record,
    reference        text NOT NULL CHECK (reference <> ''),
    kind             text NOT NULL DEFAULT 'panic alarm',
    text             text NOT NULL DEFAULT '',
    requested_by     text NOT NULL DEFAULT '',
    set_by           text NOT NULL DEFAULT '',
    valid_from       timestamptz NOT NULL,
    valid_to         timestamptz,
    review_by        timestamptz,
    withdrawn_at     timestamptz,
    withdrawn_reason text,
    UNIQUE (force_id, reference),
    CONSTRAINT marker_valid_order CHECK (valid_to > valid_from),
    CONSTRAINT marker_withdrawal_has_reason
        CHECK ((withdrawn_at IS NULL) = (withdrawn_reason IS NULL))
);
CREATE INDEX marker_of_property ON larwm.marker (property_id, valid_from);
COMMENT ON TABLE larwm.marker IS 'Police marker on a property (REQ B1).';
COMMENT ON COLUMN larwm.marker.case_id IS 'The case it was asked for; the marker serves the property.';
COMMENT ON COLUMN larwm.marker.reference IS 'The force''s own reference.';
COMMENT ON COLUMN larwm.marker.valid_to IS
    'Half-open: at this very instant the marker has lapsed. Null: open-ended.';
COMMENT ON COLUMN larwm.marker.withdrawn_at IS 'From this instant on it is withdrawn.';

CREATE TABLE larwm.marker_decision (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id     bigint NOT NULL REFERENCES larwm.case_record,
    property_id bigint REFERENCES larwm.property,
    marker_id   bigint REFERENCES larwm.marker,
    agency_id   bigint REFERENCES larwm.agency,
    officer     text NOT NULL,
    decided_at  timestamptz NOT NULL,
    panic_alarm boolean NOT NULL,
    marker      boolean NOT NULL,
    reason      text NOT NULL DEFAULT '',
    review_by   timestamptz
);
CREATE INDEX ON larwm.marker_decision (case_id);
COMMENT ON TABLE larwm.marker_decision IS
    'What the police unit decided; a declined marker leaves a working alarm (REQ B2).';

-- The marker that counts at a property at an instant, one row or none. An active one goes first;
-- among ended ones the one that ended last. LANGUAGE sql without settings, so that the planner
-- can inline it into larwm.resolve().
CREATE FUNCTION larwm.marker_at(p_property bigint, p_at timestamptz)
RETURNS TABLE (marker_id bigint, status text, reference text, kind text, text text,
               valid_from timestamptz, valid_to timestamptz, review_by timestamptz,
               force_id bigint, withdrawn_reason text)
LANGUAGE sql STABLE AS $$
    SELECT m.id,
           CASE WHEN m.withdrawn_at <= p_at THEN 'withdrawn'
                WHEN m.valid_to <= p_at THEN 'lapsed'
                ELSE 'active' END,
           m.reference, m.kind, m.text, m.valid_from, m.valid_to, m.review_by, m.force_id,
           CASE WHEN m.withdrawn_at <= p_at THEN m.withdrawn_reason END
      FROM larwm.marker m
     WHERE m.property_id = p_property AND m.valid_from <= p_at
     ORDER BY least(coalesce(m.valid_to, 'infinity'), coalesce(m.withdrawn_at, 'infinity'))
                  > p_at DESC,
              least(coalesce(m.valid_to, 'infinity'), coalesce(m.withdrawn_at, 'infinity')) DESC,
              m.valid_from DESC, m.id DESC
     LIMIT 1
$$;
COMMENT ON FUNCTION larwm.marker_at IS 'The marker that counts at an instant: active before ended.';

CREATE FUNCTION larwm.marker_status_at(p_property bigint, p_at timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT m.status FROM larwm.marker_at(p_property, p_at) m), 'none')
$$;
COMMENT ON FUNCTION larwm.marker_status_at IS
    'active, lapsed, withdrawn or none at an instant; validity is half-open [from, to) (REQ B1).';

COMMIT;
