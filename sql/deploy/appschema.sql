-- Deploy larwm:appschema
-- requires: roles
BEGIN;
SET LOCAL ROLE larwm_owner;

CREATE SCHEMA larwm;
COMMENT ON SCHEMA larwm IS 'Alarm-receiving centre: records, alarms, audit.';

-- btree_gist is a trusted extension: no superuser is needed where CREATE on the database is held.
CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA larwm;

-- The vocabulary of include/larwm/vocabulary.h as lower-case words. Domains over text, not enums:
-- a word can be added inside a transaction and clients see plain text.
CREATE DOMAIN larwm.risk AS text
    CHECK (VALUE IN ('unknown', 'standard', 'medium', 'high', 'very_high'));
CREATE DOMAIN larwm.unit_state AS text
    CHECK (VALUE IN ('in_store', 'leased_untested', 'in_service', 'faulty_in_service',
                     'quarantine', 'lost', 'stolen', 'retired'));
CREATE DOMAIN larwm.marker_state AS text
    CHECK (VALUE IN ('unknown', 'none', 'active', 'lapsed', 'withdrawn'));
CREATE DOMAIN larwm.residence AS text CHECK (VALUE IN ('unknown', 'no', 'yes'));
CREATE DOMAIN larwm.consent AS text CHECK (VALUE IN ('not_recorded', 'yes', 'no'));
CREATE DOMAIN larwm.tenure AS text
    CHECK (VALUE IN ('unknown', 'council', 'rsl', 'private_rented', 'owner_occupied', 'joint',
                     'leased_in', 'licence', 'supported', 'refuge'));
CREATE DOMAIN larwm.priority AS text
    CHECK (VALUE IN ('none', 'p1', 'p2', 'p3', 'p4', 'p5'));
CREATE DOMAIN larwm.signal_kind AS text
    CHECK (VALUE IN ('unknown', 'panic', 'duress', 'holdup', 'medical', 'fire', 'intrusion',
                     'tamper', 'fall', 'no_activity', 'gas', 'jam', 'comms_trouble',
                     'low_battery', 'power_loss', 'fault', 'cancel', 'test', 'open_close',
                     'bypass', 'wrong_code', 'position', 'unreadable', 'unit_late', 'unit_lost',
                     'unit_restored', 'credential_fault'));
CREATE DOMAIN larwm.position_source AS text
    CHECK (VALUE IN ('none', 'gnss', 'wifi', 'cell', 'fixed'));
CREATE DOMAIN larwm.protocol AS text CHECK (VALUE IN ('none', 'native', 'dc09', 'centre'));
CREATE DOMAIN larwm.incident_state AS text
    CHECK (VALUE IN ('none', 'open', 'claimed', 'closed'));
CREATE DOMAIN larwm.alert_level AS text
    CHECK (VALUE IN ('queue', 'all_consoles', 'supervisor'));
CREATE DOMAIN larwm.escalation_state AS text
    CHECK (VALUE IN ('none', 'queued', 'sent', 'accepted', 'rejected', 'no_answer',
                     'cancelled'));
CREATE DOMAIN larwm.escalation_reason AS text
    CHECK (VALUE IN ('none', 'marker_active', 'marker_unverified', 'unanswered', 'no_operator',
                     'operator'));
CREATE DOMAIN larwm.police_event AS text
    CHECK (VALUE IN ('none', 'sent', 'accepted', 'rejected', 'failed', 'update_sent',
                     'cancel_sent'));
CREATE DOMAIN larwm.outcome AS text
    CHECK (VALUE IN ('none', 'police_attended', 'person_safe', 'precautionary', 'false',
                     'planned_test', 'stock_handling', 'technical_resolved', 'restored',
                     'no_contact'));
CREATE DOMAIN larwm.resolve_state AS text
    CHECK (VALUE IN ('pending', 'checked', 'cached', 'unknown'));
CREATE DOMAIN larwm.history_kind AS text
    CHECK (VALUE IN ('none', 'opened', 'signal', 'repeat', 'raised', 'resolved', 'rechecked',
                     'claimed', 'released', 'note', 'viewed', 'alert', 'police_queued',
                     'police_sent', 'police_accepted', 'police_rejected', 'police_no_answer',
                     'police_update', 'police_cancel', 'closed', 'cancel_code', 'attached',
                     'revealed', 'console_lost', 'stalled', 'police_failed'));
-- Every role a client of the daemon can have; people have the first three.
CREATE DOMAIN larwm.client_role AS text
    CHECK (VALUE IN ('none', 'operator', 'supervisor', 'administrator', 'police_gateway',
                     'web_gateway', 'tool'));

-- Values the sources only propose are configuration, never constants.
CREATE TABLE larwm.setting (
    name  text PRIMARY KEY,
    value text NOT NULL,
    note  text NOT NULL DEFAULT ''
);
COMMENT ON TABLE larwm.setting IS 'Values an installation may change: proposals, not facts.';
COMMENT ON COLUMN larwm.setting.value IS 'As text; read with larwm.setting_int().';
INSERT INTO larwm.setting (name, value, note) VALUES
    ('marker_review_months', '3', 'Default review of a new police marker.'),
    ('marker_valid_months', '6', 'Default validity of a new police marker.'),
    ('test_window_max_minutes', '15', 'Longest test window (A23).'),
    ('risk_review_days', '7', 'Risk review is due so many days after a P1 (C42).'),
    ('marker_renewal_days', '1', 'Renewal decision is due so many days after it was missed.'),
    ('waiting_review_days', '7', 'A waiting-list entry is looked at again after so many days.'),
    ('device_clock_ahead_s', '60', 'A device time further ahead than this is not believed.');

CREATE FUNCTION larwm.setting_int(p_name text) RETURNS int
LANGUAGE sql STABLE AS $$
    SELECT value::int FROM larwm.setting WHERE name = p_name
$$;
COMMENT ON FUNCTION larwm.setting_int IS 'One setting as a number; null when it is not there.';

-- Rank inside a priority class: unknown ranks with high (REQ B6).
CREATE FUNCTION larwm.risk_rank(p_risk text) RETURNS int
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE p_risk WHEN 'very_high' THEN 1 WHEN 'high' THEN 1 WHEN 'unknown' THEN 1
                       WHEN 'medium' THEN 2 WHEN 'standard' THEN 3 ELSE 1 END
$$;
COMMENT ON FUNCTION larwm.risk_rank IS 'Smaller comes first; anything not understood ranks high.';

COMMIT;
