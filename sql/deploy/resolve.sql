-- Deploy larwm:resolve
-- requires: units
-- requires: markers
-- Whose life is it: unit -> allocation at the event time -> case -> place -> marker.
--
-- Two steps. larwm.resolve() decides, for a whole micro-batch, which allocation, case and place
-- each signal concerns and what must be withheld: the picks. larwm.fill_cards() then turns picks
-- into cards. A pick without a case can show no identity, because fill_cards() reads persons
-- through the pick's case only.
--
-- plpgsql keeps the plans for the life of a session; jit is off and the plan generic, since a
-- batch must be answered in milliseconds.
BEGIN;
SET LOCAL ROLE larwm_owner;

CREATE TYPE larwm.resolve_pick AS (
    idx                  int,
    unit                 text,
    unit_id              bigint,
    at                   timestamptz,  -- the event time
    allocation_id        bigint,
    earlier_allocation   boolean,
    holder_by_received   boolean,
    linked_case          text,
    case_id              bigint,       -- null: show no identity
    holder_id            bigint,
    property_id          bigint,       -- null: show no place
    resident_moved_since timestamptz,  -- null: not moved
    allocation_from      timestamptz   -- when the present holder got it
);
COMMENT ON TYPE larwm.resolve_pick IS 'What one signal concerns, before the card is filled.';

CREATE TYPE larwm.resolve_card AS (
    idx                      int,
    known                    boolean,
    unit                     text,
    unit_id                  bigint,
    unit_status              text,
    unit_model               text,
    unit_mobile              boolean,
    silent                   boolean,
    event_at                 timestamptz,
    allocation_id            bigint,
    earlier_allocation       boolean,
    holder_by_received       boolean,
    linked_case              text,
    case_id                  bigint,
    case_reference           text,
    category                 text,
    case_open                boolean,
    risk                     text,
    risk_assessed_at         timestamptz,
    person_name              text,
    alias                    text,
    born                     text,
    telephone                text,
    language                 text,
    needs                    text,
    safe_contact             text,
    may_call                 boolean,
    may_text                 boolean,
    may_speak                boolean,
    code_word                text,
    cover_story              text,
    hazards                  text[],
    perpetrator_resident     text,
    perpetrator              text,
    household                text[],
    police_consent           text,
    wishes                   text,
    safety_plan              text,
    marac_at                 timestamptz,
    orders                   text,
    safe_contact_reviewed_at timestamptz,
    property_id              bigint,
    address                  text,
    town                     text,
    postcode                 text,
    access_notes             text,
    latitude                 double precision,
    longitude                double precision,
    confidential             boolean,
    authority                text,
    tenure                   text,
    resident_moved           boolean,
    resident_moved_since     timestamptz,
    marker_status            text,
    marker_reference         text,
    marker_kind              text,
    marker_text              text,
    marker_valid_from        timestamptz,
    marker_valid_to          timestamptz,
    marker_review_by         timestamptz,
    marker_force             text,
    marker_withdrawn_reason  text,
    force_code               text,
    force_name               text,
    force_telephone          text,
    allocation_from          timestamptz
);
COMMENT ON TYPE larwm.resolve_card IS 'One answer of larwm.resolve(): see sql/README.md.';

-- Where the person of a case lives at an instant: a temporary residence goes first (REQ B16).
CREATE FUNCTION larwm.residence_at(p_case bigint, p_at timestamptz) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT cp.property_id FROM larwm.case_property cp
     WHERE cp.case_id = p_case AND cp.during @> p_at
     ORDER BY cp.kind = 'temporary' DESC
     LIMIT 1
$$;
COMMENT ON FUNCTION larwm.residence_at IS 'Property where the person of the case lives; or null.';

-- Since when the person of a case lives elsewhere than at a property; null when they live there or
-- nothing is recorded (REQ B16, D23). It tells the date and never the new address (REQ G17).
CREATE FUNCTION larwm.moved_from_since(p_case bigint, p_property bigint, p_at timestamptz)
RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN r.property_id = p_property THEN NULL
        WHEN r.property_id IS NULL THEN left_at.at
        ELSE coalesce(left_at.at, r.since) END
      FROM (SELECT NULL) one
      LEFT JOIN LATERAL (
            SELECT cp.property_id, lower(cp.during) AS since
              FROM larwm.case_property cp
             WHERE cp.case_id = p_case AND cp.during @> p_at
             ORDER BY cp.kind = 'temporary' DESC LIMIT 1) r ON true
      LEFT JOIN LATERAL (
            SELECT max(upper(cp.during)) AS at
              FROM larwm.case_property cp
             WHERE cp.case_id = p_case AND cp.property_id = p_property
               AND upper(cp.during) <= p_at) left_at ON true
$$;
COMMENT ON FUNCTION larwm.moved_from_since IS 'When the person left the property; null: has not.';

CREATE FUNCTION larwm.fill_cards(picks larwm.resolve_pick[]) RETURNS SETOF larwm.resolve_card
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = larwm, pg_temp SET jit = off SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT p.idx, u.id IS NOT NULL, p.unit, u.id, u.status::text, um.name,
           coalesce(um.mobile, false),
           -- Doubt about who is in the home means silence (REQ B8, G18).
           coalesce(u.silent_receipt OR c.perpetrator_resident <> 'no', true),
           p.at, p.allocation_id, p.earlier_allocation, p.holder_by_received, p.linked_case,
           c.id, c.reference, c.category, c.status = 'open',
           CASE WHEN c.id IS NOT NULL THEN coalesce(r.risk::text, 'unknown') END, r.assessed_at,
           pe.name, c.alias, to_char(pe.born, 'YYYY-MM-DD'), pe.telephone, pe.language, pe.needs,
           c.safe_contact, c.may_call, c.may_text, c.may_speak, c.code_word, c.cover_story,
           h.hazards, c.perpetrator_resident::text, c.perpetrator, hh.household,
           c.police_consent::text, c.wishes, c.safety_plan, c.marac_at, o.orders,
           c.safe_contact_reviewed_at,
           pr.id, pr.address, pr.town, pr.postcode, pr.access_notes, pr.latitude, pr.longitude,
           pr.confidential OR coalesce(cp.confidential, false), au.name, pr.tenure::text,
           p.resident_moved_since IS NOT NULL, p.resident_moved_since,
           coalesce(m.status, 'none'), m.reference, m.kind, m.text, m.valid_from, m.valid_to,
           m.review_by, mf.code, m.withdrawn_reason,
           f.code, f.name, f.telephone,
           p.allocation_from
      FROM unnest(picks) p
      LEFT JOIN unit u ON u.id = p.unit_id
      LEFT JOIN unit_model um ON um.id = u.model_id
      LEFT JOIN case_record c ON c.id = p.case_id
      LEFT JOIN person pe ON pe.id = CASE WHEN c.id IS NOT NULL
                                          THEN coalesce(p.holder_id, c.person_id) END
      LEFT JOIN LATERAL (
            SELECT cr.risk, cr.assessed_at FROM case_risk cr
             WHERE cr.case_id = c.id
             ORDER BY cr.assessed_at DESC, cr.id DESC LIMIT 1) r ON true
      LEFT JOIN LATERAL (
            SELECT array_agg(ch.text ORDER BY ch.rank, ch.id) AS hazards FROM case_hazard ch
             WHERE ch.case_id = c.id AND (ch.ended_at IS NULL OR ch.ended_at > p.at)) h ON true
      LEFT JOIN LATERAL (
            SELECT array_agg(hm.description
                             || coalesce(', ' || extract(year FROM age(p.at, hm.born)), '')
                             ORDER BY hm.child DESC, hm.id) AS household
              FROM household_member hm WHERE hm.case_id = c.id) hh ON true
      LEFT JOIN LATERAL (
            SELECT string_agg(co.kind || coalesce(', ' || nullif(co.court, ''), '')
                              || coalesce(', until ' || to_char(upper(co.during)
                                          AT TIME ZONE 'Europe/London', 'YYYY-MM-DD'), '')
                              || coalesce(': ' || nullif(co.terms, ''), ''),
                              '; ' ORDER BY co.id) AS orders
              FROM court_order co WHERE co.case_id = c.id AND co.during @> p.at) o ON true
      LEFT JOIN property pr ON pr.id = p.property_id
      LEFT JOIN LATERAL (
            SELECT bool_or(x.confidential) AS confidential FROM case_property x
             WHERE x.case_id = c.id AND x.property_id = pr.id AND x.during @> p.at) cp ON true
      LEFT JOIN authority au ON au.id = pr.authority_id
      LEFT JOIN LATERAL marker_at(pr.id, p.at) m ON true
      LEFT JOIN force mf ON mf.id = m.force_id
      -- Without a place there must still be a control room to call: that of the case's authority,
      -- else of the agency that owns the unit (rule R0).
      LEFT JOIN authority ca ON ca.id = c.authority_id
      LEFT JOIN agency ag ON ag.id = u.owner_agency_id
      LEFT JOIN authority aa ON aa.id = ag.authority_id
      LEFT JOIN force f ON f.id = coalesce(au.force_id, ca.force_id, ag.force_id, aa.force_id)
     ORDER BY p.idx;
END
$$;
COMMENT ON FUNCTION larwm.fill_cards IS 'Turns picks into cards; internal.';

CREATE FUNCTION larwm.resolve(units text[], at timestamptz[], received timestamptz[])
RETURNS SETOF larwm.resolve_card
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = larwm, pg_temp SET jit = off SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    picks larwm.resolve_pick[];
    ahead interval := make_interval(secs => coalesce(setting_int('device_clock_ahead_s'), 60));
BEGIN
    SELECT array_agg(ROW(i.idx::int, coalesce(i.unit, ''), u.id, e.at, a.id, s.earlier,
                         a.id IS NOT NULL AND ae.id IS NULL AND NOT s.withheld,
                         CASE WHEN s.withheld THEN lc.reference END,
                         s.case_id, a.holder_id, pl.property_id, mv.since,
                         lower(ar.during))::larwm.resolve_pick
                     ORDER BY i.idx)
      INTO picks
      FROM unnest(resolve.units, resolve.at, resolve.received)
               WITH ORDINALITY AS i (unit, at, received, idx)
      LEFT JOIN unit u ON u.identifier = i.unit
      LEFT JOIN unit_model um ON um.id = u.model_id
     CROSS JOIN LATERAL (SELECT coalesce(i.received, now()) AS at) rx
     CROSS JOIN LATERAL (
            SELECT CASE WHEN i.at <= rx.at + ahead THEN i.at ELSE rx.at END AS at) e
      -- Who held it at the event time, who holds it on receipt, and, for a lost or stolen unit
      -- only, who held it last: somebody must be told (REQ D24).
      LEFT JOIN LATERAL (
            SELECT x.* FROM allocation x
             WHERE x.unit_id = u.id AND x.during @> e.at LIMIT 1) ae ON true
      LEFT JOIN LATERAL (
            SELECT x.* FROM allocation x
             WHERE x.unit_id = u.id AND x.during @> rx.at LIMIT 1) ar ON true
      LEFT JOIN LATERAL (
            SELECT x.* FROM allocation x
             WHERE x.unit_id = u.id AND u.status IN ('lost', 'stolen')
               AND ae.id IS NULL AND ar.id IS NULL AND lower(x.during) <= e.at
             ORDER BY lower(x.during) DESC LIMIT 1) al ON true
      -- A device time that lies in nobody's allocation tells nothing about the holder: then
      -- whoever holds the unit on receipt is the one who may be in danger.
     CROSS JOIN LATERAL (
            SELECT coalesce(ae.id, ar.id, al.id) AS id,
                   coalesce(ae.case_id, ar.case_id, al.case_id) AS case_id,
                   CASE WHEN ae.id IS NOT NULL THEN ae.holder_id
                        ELSE ar.holder_id END AS holder_id) a
     CROSS JOIN LATERAL (
            SELECT coalesce(u.status IN ('lost', 'stolen'), false) AS withheld,
                   ae.id IS NOT NULL
                   AND (ae.case_id, coalesce(ae.holder_id, 0))
                       IS DISTINCT FROM (ar.case_id, coalesce(ar.holder_id, 0)) AS earlier) t
     CROSS JOIN LATERAL (
            SELECT t.withheld, t.earlier,
                   CASE WHEN NOT t.withheld AND NOT t.earlier THEN a.case_id END AS case_id) s
      LEFT JOIN case_record lc ON s.withheld AND lc.id = a.case_id
      -- A fixed unit concerns the property it is fitted at, whoever lives there now; a mobile one
      -- the place where the person is staying (REQ D23).
     CROSS JOIN LATERAL (
            SELECT CASE WHEN s.withheld OR s.earlier THEN NULL
                        WHEN NOT um.mobile AND u.fitted_property_id IS NOT NULL
                            THEN u.fitted_property_id
                        ELSE residence_at(s.case_id, e.at) END AS property_id,
                   NOT um.mobile AND u.fitted_property_id IS NOT NULL AS fixed) pl
     CROSS JOIN LATERAL (
            SELECT CASE WHEN pl.fixed AND s.case_id IS NOT NULL
                        THEN moved_from_since(s.case_id, pl.property_id, e.at) END AS since) mv;

    RETURN QUERY SELECT * FROM fill_cards(coalesce(picks, '{}'));
END
$$;
COMMENT ON FUNCTION larwm.resolve IS
    'One card per element, in order: whose alarm it is at the event time (REQ A20, B1, D7, S1-S4).';

CREATE FUNCTION larwm.resolve_case(case_reference text, unit text, at timestamptz)
RETURNS SETOF larwm.resolve_card
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = larwm, pg_temp SET jit = off SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    picks larwm.resolve_pick[];
BEGIN
    SELECT array_agg(ROW(1, coalesce(resolve_case.unit, ''), u.id, e.at, NULL, false, false, NULL,
                         c.id, NULL, pl.property_id,
                         CASE WHEN pl.fixed THEN moved_from_since(c.id, pl.property_id, e.at) END,
                         NULL)::larwm.resolve_pick)
      INTO picks
      FROM case_record c
      LEFT JOIN unit u ON u.identifier = resolve_case.unit
      LEFT JOIN unit_model um ON um.id = u.model_id
     CROSS JOIN LATERAL (SELECT coalesce(resolve_case.at, now()) AS at) e
     CROSS JOIN LATERAL (
            SELECT coalesce(NOT um.mobile AND u.fitted_property_id IS NOT NULL, false)
                   AS fixed) x
     CROSS JOIN LATERAL (
            SELECT x.fixed, CASE WHEN x.fixed THEN u.fitted_property_id
                                 ELSE residence_at(c.id, e.at) END AS property_id) pl
     WHERE c.reference = resolve_case.case_reference;

    RETURN QUERY SELECT * FROM fill_cards(coalesce(picks, '{}'));
END
$$;
COMMENT ON FUNCTION larwm.resolve_case IS
    'The card of a case an operator attaches to an incident (S4); no row: no such case.';

CREATE FUNCTION larwm.last_holder(unit text, at timestamptz) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
    SELECT pe.name || ', ' || c.reference || ', '
           || to_char(lower(a.during) AT TIME ZONE 'Europe/London', 'YYYY-MM-DD HH24:MI') || ' - '
           || coalesce(to_char(upper(a.during) AT TIME ZONE 'Europe/London', 'YYYY-MM-DD HH24:MI'),
                       'now')
      FROM larwm.unit u
      JOIN larwm.allocation a ON a.unit_id = u.id
      JOIN larwm.case_record c ON c.id = a.case_id
      JOIN larwm.person pe ON pe.id = coalesce(a.holder_id, c.person_id)
     WHERE u.identifier = last_holder.unit
       AND lower(a.during) <= coalesce(last_holder.at, now())
     ORDER BY lower(a.during) DESC
     LIMIT 1
$$;
COMMENT ON FUNCTION larwm.last_holder IS
    'For a supervisor''s reveal (S3, S4): holder at that time, else the last before; local time.';

COMMIT;
