-- Revert larwm:resolve_fast
BEGIN;
SET LOCAL ROLE larwm_owner;
DROP INDEX larwm.case_property_of_case, larwm.allocation_of_unit;
CREATE OR REPLACE FUNCTION larwm.resolve(units text[], at timestamptz[], received timestamptz[])
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
COMMIT;
