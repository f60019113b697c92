-- Deploy larwm:alarms
-- requires: audit
-- What the daemon's recorder writes: a copy of its journal that can be asked questions.
--
-- Every key begins with the node. Rows refer to units, cases and properties by number or word but
-- without foreign keys, and to each other likewise: the journal is the truth, and a recorder that
-- a constraint could stop would stop recording alarms (rule R0). Writes are INSERT ... SELECT FROM
-- unnest(...) ON CONFLICT on the primary key, in the transaction that moves applied_position.
-- 64-bit values that are unsigned in the journal are stored bit for bit as signed bigint.
BEGIN;
SET LOCAL ROLE larwm_owner;

CREATE TABLE larwm.applied_position (
    node       int PRIMARY KEY CHECK (node > 0),
    pos        bigint NOT NULL CHECK (pos >= 0),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE larwm.applied_position IS
    'Journal position of each node up to which everything is in these tables.';

CREATE TABLE larwm.signal (
    node               int NOT NULL,
    pos                bigint NOT NULL,
    received_at        timestamptz NOT NULL,
    device_at          timestamptz,
    protocol           larwm.protocol NOT NULL DEFAULT 'none',
    unit               text NOT NULL DEFAULT '',
    fingerprint        bytea,
    account            text NOT NULL DEFAULT '',
    kind               larwm.signal_kind NOT NULL,
    restore            boolean NOT NULL DEFAULT false,
    class_hint         larwm.priority NOT NULL DEFAULT 'none',
    code               text NOT NULL DEFAULT '',
    boot_id            bigint NOT NULL DEFAULT 0,
    sequence           bigint NOT NULL DEFAULT 0,
    position_source    larwm.position_source NOT NULL DEFAULT 'none',
    latitude           double precision,
    longitude          double precision,
    accuracy_m         int,
    fix_at             timestamptz,
    battery_percent    smallint NOT NULL DEFAULT 0,
    zone               text NOT NULL DEFAULT '',
    text               text NOT NULL DEFAULT '',
    content_hash       bigint NOT NULL DEFAULT 0,
    clock_suspect      boolean NOT NULL DEFAULT false,
    credential_expired boolean NOT NULL DEFAULT false,
    raw                bytea,
    network            text NOT NULL DEFAULT '',
    allocation_id      bigint,
    case_id            bigint,
    repeats            int NOT NULL DEFAULT 0,
    last_repeat_at     timestamptz,
    recorded_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (node, pos)
);
CREATE INDEX ON larwm.signal (unit, received_at);
CREATE INDEX ON larwm.signal (received_at);
COMMENT ON TABLE larwm.signal IS 'One message from a unit, or raised by the centre itself (REQ A1).';
COMMENT ON COLUMN larwm.signal.pos IS 'Position in the journal of the node.';
COMMENT ON COLUMN larwm.signal.device_at IS 'By the unit''s own clock; null: it gave none.';
COMMENT ON COLUMN larwm.signal.unit IS 'Identifier, or empty when the registry did not know it.';
COMMENT ON COLUMN larwm.signal.class_hint IS 'Priority from the event-code table; none: by kind.';
COMMENT ON COLUMN larwm.signal.code IS 'Event code as received, "CID 1120".';
COMMENT ON COLUMN larwm.signal.raw IS 'The DC-09 frame as received.';
COMMENT ON COLUMN larwm.signal.allocation_id IS 'Allocation at the event time.';
COMMENT ON COLUMN larwm.signal.repeats IS 'Retransmissions of it: counted, not stored.';

CREATE TABLE larwm.incident (
    node             int NOT NULL,
    no               bigint NOT NULL,
    reference        text GENERATED ALWAYS AS (node::text || '-' || no::text) STORED,
    epoch            bigint NOT NULL DEFAULT 0,
    pos              bigint NOT NULL DEFAULT 0,
    state            larwm.incident_state NOT NULL,
    priority         larwm.priority NOT NULL,
    risk             larwm.risk NOT NULL DEFAULT 'unknown',
    kind             larwm.signal_kind NOT NULL,
    unit             text NOT NULL DEFAULT '',
    case_id          bigint,
    case_reference   text NOT NULL DEFAULT '',
    property_id      bigint,
    linked_case      text NOT NULL DEFAULT '',
    resolve          larwm.resolve_state NOT NULL DEFAULT 'pending',
    marker_status    larwm.marker_state NOT NULL DEFAULT 'unknown',
    marker_reference text NOT NULL DEFAULT '',
    owner            text NOT NULL DEFAULT '',
    alert            larwm.alert_level NOT NULL DEFAULT 'queue',
    opened_at        timestamptz NOT NULL,
    last_signal_at   timestamptz,
    claimed_at       timestamptz,
    closed_at        timestamptz,
    outcome          larwm.outcome NOT NULL DEFAULT 'none',
    police_message   text NOT NULL DEFAULT '',
    police_state     larwm.escalation_state NOT NULL DEFAULT 'none',
    police_log       text NOT NULL DEFAULT '',
    signal_count     int NOT NULL DEFAULT 0,
    press_count      int NOT NULL DEFAULT 0,
    repeat_count     int NOT NULL DEFAULT 0,
    badges           text[] NOT NULL DEFAULT '{}',
    test             boolean NOT NULL DEFAULT false,
    technical        text NOT NULL DEFAULT '',
    recorded_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (node, no)
);
CREATE INDEX ON larwm.incident (case_id);
CREATE INDEX ON larwm.incident (opened_at);
CREATE INDEX incident_not_closed ON larwm.incident (priority, opened_at) WHERE state <> 'closed';
COMMENT ON TABLE larwm.incident IS 'What an operator handles; the newest state of each.';
COMMENT ON COLUMN larwm.incident.epoch IS 'Grows with every change of owner or state.';
COMMENT ON COLUMN larwm.incident.pos IS
    'Journal position this row reflects: an upsert with a smaller one must not overwrite.';
COMMENT ON COLUMN larwm.incident.risk IS 'Of the case when last resolved.';
COMMENT ON COLUMN larwm.incident.case_reference IS 'Human reference of the case, or empty.';
COMMENT ON COLUMN larwm.incident.linked_case IS 'Case to notify about a lost or stolen unit (REQ D24).';
COMMENT ON COLUMN larwm.incident.marker_status IS 'At the event time, as shown (REQ F22).';
COMMENT ON COLUMN larwm.incident.police_message IS 'Stable message id, "larwm-1-123".';
COMMENT ON COLUMN larwm.incident.police_log IS 'Log number the control room gave.';
COMMENT ON COLUMN larwm.incident.press_count IS 'Presses of an attack kind: pressed again.';
COMMENT ON COLUMN larwm.incident.repeat_count IS 'Retransmissions.';
COMMENT ON COLUMN larwm.incident.badges IS 'Labels in lower case, "untested", "delayed".';

CREATE TABLE larwm.incident_signal (
    node int NOT NULL,
    no   bigint NOT NULL,
    pos  bigint NOT NULL,
    PRIMARY KEY (node, no, pos)
);
CREATE INDEX ON larwm.incident_signal (node, pos);
COMMENT ON TABLE larwm.incident_signal IS 'Which signals belong to an incident.';

CREATE TABLE larwm.incident_history (
    node     int NOT NULL,
    pos      bigint NOT NULL,
    idx      int NOT NULL,
    no       bigint NOT NULL,
    at       timestamptz NOT NULL,
    kind     larwm.history_kind NOT NULL,
    username text NOT NULL DEFAULT '',
    text     text NOT NULL DEFAULT '',
    alert    larwm.alert_level NOT NULL DEFAULT 'queue',
    outcome  larwm.outcome NOT NULL DEFAULT 'none',
    PRIMARY KEY (node, pos, idx)
);
CREATE INDEX ON larwm.incident_history (node, no, pos);
COMMENT ON TABLE larwm.incident_history IS 'Time line of an incident; one journal record may add several.';
COMMENT ON COLUMN larwm.incident_history.text IS 'Note, reason or log number.';

CREATE TABLE larwm.escalation (
    node                int NOT NULL,
    no                  bigint NOT NULL,
    pos                 bigint NOT NULL DEFAULT 0,
    message_id          text NOT NULL UNIQUE,
    force               text NOT NULL DEFAULT '',
    state               larwm.escalation_state NOT NULL,
    reason              larwm.escalation_reason NOT NULL DEFAULT 'none',
    unverified_since    timestamptz,
    message             text NOT NULL DEFAULT '',
    queued_at           timestamptz,
    sent_at             timestamptz,
    answered_at         timestamptz,
    queued_by           text NOT NULL DEFAULT '',
    log_number          text NOT NULL DEFAULT '',
    rejection           text NOT NULL DEFAULT '',
    tries               int NOT NULL DEFAULT 0,
    update_no           int NOT NULL DEFAULT 0,
    update_sent         int NOT NULL DEFAULT 0,
    cancel_wanted       boolean NOT NULL DEFAULT false,
    PRIMARY KEY (node, no)
);
COMMENT ON TABLE larwm.escalation IS
    'The one police message of an incident (REQ E5): the key allows no second.';
COMMENT ON COLUMN larwm.escalation.pos IS 'As incident.pos.';
COMMENT ON COLUMN larwm.escalation.queued_by IS 'User; empty: automatic (REQ B3).';
COMMENT ON COLUMN larwm.escalation.unverified_since IS 'Marker last seen active, not checked since.';

CREATE TABLE larwm.delivery (
    node       int NOT NULL,
    pos        bigint NOT NULL,
    no         bigint NOT NULL,
    message_id text NOT NULL,
    event      larwm.police_event NOT NULL,
    update_no  int NOT NULL DEFAULT 0,
    at         timestamptz NOT NULL,
    detail     text NOT NULL DEFAULT '',
    PRIMARY KEY (node, pos)
);
CREATE INDEX ON larwm.delivery (node, no);
COMMENT ON TABLE larwm.delivery IS 'Every attempt to reach a control room and every answer.';
COMMENT ON COLUMN larwm.delivery.update_no IS '0: the alert itself.';

CREATE TABLE larwm.watch_log (
    node     int NOT NULL,
    pos      bigint NOT NULL,
    at       timestamptz NOT NULL,
    username text NOT NULL,
    role     larwm.client_role NOT NULL,
    present  boolean NOT NULL,
    PRIMARY KEY (node, pos)
);
CREATE INDEX ON larwm.watch_log (at);
COMMENT ON TABLE larwm.watch_log IS 'Who was on watch when (REQ A5).';

CREATE TABLE larwm.disclosure (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    node        int,
    pos         bigint,
    idx         int NOT NULL DEFAULT 0,
    at          timestamptz NOT NULL,
    actor       text NOT NULL,
    case_reference text NOT NULL,
    incident    text NOT NULL DEFAULT '',
    fields      text[] NOT NULL,
    receiver    text NOT NULL,
    reason      text NOT NULL,
    legal_basis text NOT NULL DEFAULT '',
    UNIQUE (node, pos, idx),
    CHECK ((node IS NULL) = (pos IS NULL))
);
CREATE INDEX ON larwm.disclosure (case_reference, at);
COMMENT ON TABLE larwm.disclosure IS
    'Each time data of a case was shown or sent: who, what, to whom, why (REQ E6). Append-only.';
COMMENT ON COLUMN larwm.disclosure.node IS 'With pos and idx: the journal record; null: not by a node.';
COMMENT ON COLUMN larwm.disclosure.fields IS 'Names of the field sets, never their content.';
COMMENT ON COLUMN larwm.disclosure.receiver IS 'User, force or agency.';

CREATE TRIGGER disclosure_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON larwm.disclosure
    FOR EACH STATEMENT EXECUTE FUNCTION larwm.refuse_change();

COMMIT;
