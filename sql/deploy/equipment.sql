-- Deploy larwm:equipment
-- requires: pathway
-- Stores, stock of passive equipment, the waiting list and the need that could not be met (D).
BEGIN;
SET LOCAL ROLE larwm_owner;

CREATE TABLE larwm.store (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code         text NOT NULL UNIQUE,
    name         text NOT NULL,
    agency_id    bigint NOT NULL REFERENCES larwm.agency,
    authority_id bigint REFERENCES larwm.authority
);
COMMENT ON TABLE larwm.store IS 'Where equipment sits (REQ D4, D17).';

ALTER TABLE larwm.unit ADD COLUMN store_id bigint REFERENCES larwm.store;
COMMENT ON COLUMN larwm.unit.store_id IS 'Where it lies when nobody holds it.';

CREATE TABLE larwm.stock (
    store_id        bigint NOT NULL REFERENCES larwm.store,
    measure_kind_id bigint NOT NULL REFERENCES larwm.measure_kind,
    quantity        int NOT NULL DEFAULT 0 CHECK (quantity >= 0),
    reorder_level   int NOT NULL DEFAULT 0 CHECK (reorder_level >= 0),
    PRIMARY KEY (store_id, measure_kind_id)
);
COMMENT ON TABLE larwm.stock IS 'Quantity stock of passive equipment (REQ D2, D12).';

CREATE TABLE larwm.stock_movement (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    store_id        bigint NOT NULL REFERENCES larwm.store,
    measure_kind_id bigint NOT NULL REFERENCES larwm.measure_kind,
    quantity        int NOT NULL CHECK (quantity <> 0),
    kind            text NOT NULL
                    CHECK (kind IN ('bought', 'issued', 'returned', 'consumed', 'transferred',
                           'written_off')),
    job_id          bigint REFERENCES larwm.job,
    case_id         bigint REFERENCES larwm.case_record,
    at              timestamptz NOT NULL DEFAULT now(),
    note            text NOT NULL DEFAULT ''
);
CREATE INDEX ON larwm.stock_movement (store_id, measure_kind_id, at);
COMMENT ON TABLE larwm.stock_movement IS 'Every change of stock; positive is into the store.';

CREATE TABLE larwm.unit_transfer (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    unit_id       bigint NOT NULL REFERENCES larwm.unit,
    from_agency   bigint NOT NULL REFERENCES larwm.agency,
    to_agency     bigint NOT NULL REFERENCES larwm.agency,
    offered_at    timestamptz NOT NULL DEFAULT now(),
    confirmed_at  timestamptz,
    CHECK (from_agency <> to_agency)
);
CREATE INDEX ON larwm.unit_transfer (unit_id);
COMMENT ON TABLE larwm.unit_transfer IS 'A unit changes owner; both sides confirm (REQ D15).';

CREATE TABLE larwm.waiting_list (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pool_id   bigint NOT NULL REFERENCES larwm.pool,
    case_id   bigint NOT NULL REFERENCES larwm.case_record,
    since     timestamptz NOT NULL DEFAULT clock_timestamp(),
    review_at timestamptz,
    offered   text[] NOT NULL DEFAULT '{}',
    status    text NOT NULL DEFAULT 'waiting'
              CHECK (status IN ('waiting', 'served', 'withdrawn')),
    ended_at  timestamptz,
    override_reason text NOT NULL DEFAULT '',
    CHECK ((status = 'waiting') = (ended_at IS NULL))
);
CREATE UNIQUE INDEX waiting_list_once ON larwm.waiting_list (pool_id, case_id)
    WHERE status = 'waiting';
COMMENT ON TABLE larwm.waiting_list IS 'Who waits for a unit of a pool (REQ D9, D10, C21).';
COMMENT ON COLUMN larwm.waiting_list.offered IS 'Interim measures offered meanwhile (REQ C20).';
COMMENT ON COLUMN larwm.waiting_list.override_reason IS 'Why somebody was served out of rank.';

CREATE VIEW larwm.waiting_ranked AS
SELECT w.id, p.code AS pool, c.reference AS case_reference,
       coalesce(r.risk::text, 'unknown') AS risk, w.since, w.review_at, w.offered,
       row_number() OVER (PARTITION BY w.pool_id
                          ORDER BY larwm.risk_rank(coalesce(r.risk::text, 'unknown')),
                                   coalesce(r.risk::text, 'unknown') <> 'very_high',
                                   w.since, w.id) AS rank
  FROM larwm.waiting_list w
  JOIN larwm.pool p ON p.id = w.pool_id
  JOIN larwm.case_record c ON c.id = w.case_id
  LEFT JOIN LATERAL (
        SELECT cr.risk FROM larwm.case_risk cr WHERE cr.case_id = c.id
         ORDER BY cr.assessed_at DESC, cr.id DESC LIMIT 1) r ON true
 WHERE w.status = 'waiting';
COMMENT ON VIEW larwm.waiting_ranked IS 'The waiting list by risk, then by time waited (REQ D9).';

CREATE TABLE larwm.unmet_need (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at              timestamptz NOT NULL DEFAULT clock_timestamp(),
    reason          text NOT NULL
                    CHECK (reason IN ('stock', 'funds', 'landlord_refused', 'tenure', 'risk',
                           'referrer', 'crime_only', 'perpetrator_resident', 'no_service')),
    authority_id    bigint REFERENCES larwm.authority,
    scheme_id       bigint REFERENCES larwm.scheme,
    tenure          larwm.tenure NOT NULL DEFAULT 'unknown',
    case_id         bigint REFERENCES larwm.case_record,
    referral_id     bigint REFERENCES larwm.referral,
    waiting_list_id bigint UNIQUE REFERENCES larwm.waiting_list,
    met_at          timestamptz
);
CREATE INDEX ON larwm.unmet_need (at);
COMMENT ON TABLE larwm.unmet_need IS 'Need that could not be met, by reason (REQ F14). Never lost.';

COMMIT;
