-- Deploy larwm:resolve_fast
-- requires: resolve
-- requires: mass_loss
-- larwm.resolve() as one statement. It called SQL functions that PostgreSQL parses and plans anew
-- in each statement, and joined some twenty tables one after the other with every column of a card
-- in each of the rows between. The answers are the same; larwm.resolve_case() and larwm.fill_cards()
-- keep the longer way, and sql/tests/40_resolve.sql compares the two.
--
-- What makes it cheap, to be kept: no function that reads a table is called; what is wide (case,
-- place, marker) is joined last, after the OFFSET 0 that keeps it there; single values are
-- subqueries, which cost nothing until they are needed; allocations and residences come from an
-- index alone, since the index of the exclusion constraint costs several times as much ("IS TRUE"
-- keeps it away).
BEGIN;
SET LOCAL ROLE larwm_owner;

CREATE INDEX case_property_of_case ON larwm.case_property (case_id)
    INCLUDE (property_id, kind, during, confidential);
CREATE INDEX allocation_of_unit ON larwm.allocation (unit_id)
    INCLUDE (id, case_id, holder_id, during);

CREATE OR REPLACE FUNCTION larwm.resolve(units text[], at timestamptz[], received timestamptz[])
RETURNS SETOF larwm.resolve_card
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = larwm, pg_temp SET jit = off SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT w.idx, w.unit_id IS NOT NULL, w.unit, w.unit_id, w.status, w.model, w.mobile,
           -- Doubt about who is in the home means silence (REQ B8, G18).
           coalesce(w.silent_receipt OR c.perpetrator_resident <> 'no', true),
           w.at, w.allocation_id, w.earlier, w.by_received, w.linked_case,
           c.id, c.reference, c.category, c.status = 'open',
           CASE WHEN c.id IS NOT NULL THEN coalesce(w.risk, 'unknown') END, w.assessed_at,
           pe.name, c.alias, to_char(pe.born, 'YYYY-MM-DD'), pe.telephone, pe.language, pe.needs,
           c.safe_contact, c.may_call, c.may_text, c.may_speak, c.code_word, c.cover_story,
           nullif(ARRAY(SELECT ch.text FROM case_hazard ch
                         WHERE ch.case_id = c.id
                           AND (ch.ended_at IS NULL OR ch.ended_at > w.at)
                         ORDER BY ch.rank, ch.id), '{}'),
           c.perpetrator_resident::text, c.perpetrator,
           nullif(ARRAY(SELECT hm.description
                               || coalesce(', ' || extract(year FROM age(w.at, hm.born)), '')
                          FROM household_member hm WHERE hm.case_id = c.id
                         ORDER BY hm.child DESC, hm.id), '{}'),
           c.police_consent::text, c.wishes, c.safety_plan, c.marac_at,
           nullif(array_to_string(ARRAY(
                SELECT co.kind || coalesce(', ' || nullif(co.court, ''), '')
                       || coalesce(', until ' || to_char(upper(co.during)
                                   AT TIME ZONE 'Europe/London', 'YYYY-MM-DD'), '')
                       || coalesce(': ' || nullif(co.terms, ''), '')
                  FROM court_order co WHERE co.case_id = c.id AND co.during @> w.at
                 ORDER BY co.id), '; '), ''),
           c.safe_contact_reviewed_at,
           pr.id, pr.address, pr.town, pr.postcode, pr.access_notes, pr.latitude, pr.longitude,
           pr.confidential OR EXISTS (
                SELECT FROM case_property x
                 WHERE x.case_id = c.id AND x.property_id = pr.id AND x.during @> w.at
                   AND x.confidential),
           (SELECT au.name FROM authority au WHERE au.id = pr.authority_id), pr.tenure::text,
           w.moved_since IS NOT NULL, w.moved_since,
           coalesce(m.status, 'none'), m.reference, m.kind, m.text, m.valid_from, m.valid_to,
           m.review_by, (SELECT mf.code FROM force mf WHERE mf.id = m.force_id),
           m.withdrawn_reason,
           f.code, f.name, f.telephone,
           w.allocation_from
      -- First whose it is, in rows as narrow as they can be ...
      FROM (SELECT i.idx::int AS idx, coalesce(i.unit, '') AS unit, u.id AS unit_id,
                   u.status::text AS status, um.name AS model, coalesce(um.mobile, false) AS mobile,
                   u.silent_receipt, u.owner_agency_id, i.at, t.case_id, t.property_id,
                   coalesce(ae.id, ar.id, last.id) AS allocation_id, s.earlier,
                   coalesce(ae.id, ar.id, last.id) IS NOT NULL AND ae.id IS NULL
                   AND NOT s.withheld AS by_received,
                   CASE WHEN s.withheld THEN
                        (SELECT lc.reference FROM case_record lc
                          WHERE lc.id = coalesce(ae.case_id, ar.case_id, last.case_id))
                        END AS linked_case,
                   CASE WHEN ae.id IS NOT NULL THEN ae.holder_id
                        ELSE ar.holder_id END AS holder_id,
                   ar.since AS allocation_from,
                   -- Since when the person of a fixed unit lives elsewhere (REQ B16, D23): the
                   -- date, never the new address (REQ G17).
                   CASE WHEN s.fixed AND t.case_id IS NOT NULL
                             AND t.property_id IS DISTINCT FROM stay.property_id
                        THEN coalesce((SELECT max(upper(x.during)) FROM case_property x
                                        WHERE x.case_id = t.case_id
                                          AND x.property_id = t.property_id
                                          AND upper(x.during) <= i.at), stay.since)
                        END AS moved_since,
                   r.risk::text AS risk, r.assessed_at
              FROM (SELECT n.idx, n.unit, rx.at AS rx_at,
                           CASE WHEN n.at <= rx.at + g.ahead THEN n.at ELSE rx.at END AS at
                      FROM (SELECT make_interval(secs => coalesce(
                                (SELECT x.value::int FROM setting x
                                  WHERE x.name = 'device_clock_ahead_s'), 60)) AS ahead
                            OFFSET 0) g
                     CROSS JOIN unnest(resolve.units, resolve.at, resolve.received)
                               WITH ORDINALITY AS n (unit, at, received, idx)
                     CROSS JOIN LATERAL (SELECT coalesce(n.received, now()) AS at) rx
                    OFFSET 0) i
              LEFT JOIN unit u ON u.identifier = i.unit
              LEFT JOIN unit_model um ON um.id = u.model_id
              -- Who held it at the event time, who holds it on receipt, and, for a lost or stolen
              -- unit only, who held it last: somebody must be told (REQ D24). A device time that
              -- lies in nobody's allocation tells nothing about the holder: then whoever holds the
              -- unit on receipt is the one who may be in danger.
              LEFT JOIN LATERAL (
                    SELECT x.id, x.case_id, x.holder_id FROM allocation x
                     WHERE x.unit_id = u.id AND (x.during @> i.at) IS TRUE LIMIT 1) ae ON true
              LEFT JOIN LATERAL (
                    SELECT x.id, x.case_id, x.holder_id, lower(x.during) AS since
                      FROM allocation x
                     WHERE x.unit_id = u.id AND (x.during @> i.rx_at) IS TRUE LIMIT 1) ar ON true
              LEFT JOIN LATERAL (
                    SELECT x.id, x.case_id FROM allocation x
                     WHERE x.unit_id = u.id AND u.status IN ('lost', 'stolen')
                       AND ae.id IS NULL AND ar.id IS NULL AND lower(x.during) <= i.at
                     ORDER BY lower(x.during) DESC LIMIT 1) last ON true
             CROSS JOIN LATERAL (
                    SELECT coalesce(u.status IN ('lost', 'stolen'), false) AS withheld,
                           ae.id IS NOT NULL
                           AND (ae.case_id, coalesce(ae.holder_id, 0))
                               IS DISTINCT FROM (ar.case_id, coalesce(ar.holder_id, 0)) AS earlier,
                           NOT um.mobile AND u.fitted_property_id IS NOT NULL AS fixed) s
             CROSS JOIN LATERAL (
                    SELECT CASE WHEN NOT s.withheld AND NOT s.earlier
                                THEN coalesce(ae.case_id, ar.case_id) END AS case_id) k
              -- Where the person stays: a temporary residence goes first (REQ B16).
              LEFT JOIN LATERAL (
                    SELECT x.property_id, lower(x.during) AS since FROM case_property x
                     WHERE x.case_id = k.case_id AND (x.during @> i.at) IS TRUE
                     ORDER BY x.kind = 'temporary' DESC LIMIT 1) stay ON true
             -- A fixed unit concerns the property it is fitted at, whoever lives there now; a
             -- mobile one the place where the person is staying (REQ D23).
             CROSS JOIN LATERAL (
                    SELECT k.case_id,
                           CASE WHEN s.withheld OR s.earlier THEN NULL
                                WHEN s.fixed THEN u.fitted_property_id
                                ELSE stay.property_id END AS property_id) t
              LEFT JOIN LATERAL (
                    SELECT cr.risk, cr.assessed_at FROM case_risk cr
                     WHERE cr.case_id = k.case_id
                     ORDER BY cr.assessed_at DESC, cr.id DESC LIMIT 1) r ON true
            OFFSET 0) w
      -- ... then what is shown. Without a case there is no identity, without a place no address.
      LEFT JOIN property pr ON pr.id = w.property_id
      LEFT JOIN LATERAL marker_at(pr.id, w.at) m ON true
      LEFT JOIN case_record c ON c.id = w.case_id
      LEFT JOIN person pe ON pe.id = CASE WHEN c.id IS NOT NULL
                                          THEN coalesce(w.holder_id, c.person_id) END
      -- Without a place there must still be a control room to call: that of the case's authority,
      -- else of the agency that owns the unit (rule R0).
      LEFT JOIN force f ON f.id = coalesce(
                (SELECT x.force_id FROM authority x WHERE x.id = pr.authority_id),
                (SELECT x.force_id FROM authority x WHERE x.id = c.authority_id),
                (SELECT x.force_id FROM agency x WHERE x.id = w.owner_agency_id),
                (SELECT x.force_id FROM authority x WHERE x.id =
                    (SELECT y.authority_id FROM agency y WHERE y.id = w.owner_agency_id)))
     ORDER BY w.idx;
END
$$;

COMMIT;
