-- Deploy larwm:funding
-- requires: equipment
-- Funds and what was spent (group F). Money is integer pence.
BEGIN;
SET LOCAL ROLE larwm_owner;

CREATE TABLE larwm.fund (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code         text NOT NULL UNIQUE,
    name         text NOT NULL,
    source       text NOT NULL CHECK (source IN
                 ('welsh_government', 'supporting_people', 'pcc', 'csp', 'authority',
                  'public_protection', 'homelessness_prevention', 'transitional',
                  'spend_to_save', 'underspend', 'repairs', 'rsl', 'crime_prevention', 'hsg',
                  'other')),
    amount_pence bigint CHECK (amount_pence >= 0),
    during       daterange NOT NULL CHECK (NOT isempty(during)),
    conditions   text NOT NULL DEFAULT ''
);
COMMENT ON TABLE larwm.fund IS 'Money with a source, a term and conditions (REQ F2, F3, F4).';
COMMENT ON COLUMN larwm.fund.amount_pence IS 'Null: not known, never zero.';

CREATE TABLE larwm.cost_line (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fund_id      bigint REFERENCES larwm.fund,
    scheme_id    bigint REFERENCES larwm.scheme,
    authority_id bigint REFERENCES larwm.authority,
    contract_id  bigint REFERENCES larwm.contract,
    job_id       bigint REFERENCES larwm.job,
    period       daterange NOT NULL CHECK (NOT isempty(period)),
    nature       text NOT NULL CHECK (nature IN ('capital', 'revenue', 'unsplit')),
    payer_kind   text NOT NULL CHECK (payer_kind IN
                 ('authority', 'supporting_people', 'pcc', 'csp', 'welsh_government', 'landlord',
                  'rsl', 'police', 'health', 'charity', 'other', 'unknown', 'victim')),
    tenure       larwm.tenure NOT NULL DEFAULT 'unknown',
    amount_pence bigint,
    quality      text NOT NULL DEFAULT 'exact'
                 CHECK (quality IN ('exact', 'estimate', 'minimum', 'proposed', 'unknown')),
    note         text NOT NULL DEFAULT '',
    CONSTRAINT cost_line_payer_never_victim CHECK (payer_kind <> 'victim'),
    CONSTRAINT cost_line_unknown_is_not_zero
        CHECK ((quality = 'unknown') = (amount_pence IS NULL))
);
CREATE INDEX ON larwm.cost_line (fund_id);
CREATE INDEX ON larwm.cost_line (authority_id, period);
COMMENT ON TABLE larwm.cost_line IS 'What was or will be spent (REQ F1, F5-F10). No case data.';
COMMENT ON COLUMN larwm.cost_line.payer_kind IS
    'Victims never pay (REQ G7): the word is known so that it can be refused by name.';
COMMENT ON COLUMN larwm.cost_line.quality IS 'An unknown figure has no amount; it is never zero (F9).';

CREATE FUNCTION larwm.fund_remaining(p_fund bigint) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT f.amount_pence - coalesce((SELECT sum(c.amount_pence) FROM larwm.cost_line c
                                       WHERE c.fund_id = f.id), 0)::bigint
      FROM larwm.fund f WHERE f.id = p_fund
$$;
COMMENT ON FUNCTION larwm.fund_remaining IS 'Pence left; null when the amount is not known.';

COMMIT;
