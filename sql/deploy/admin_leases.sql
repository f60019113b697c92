-- Deploy larwm:admin_leases
-- requires: admin_units
-- requires: resolve
-- Lending units: lease, return, swap, pools and the waiting list. Conventions: admin_units.
BEGIN;
SET LOCAL ROLE larwm_owner;

-- Makes the allocation of a unit that is locked and in store.
CREATE FUNCTION larwm.begin_allocation(p_unit larwm.unit, p_case text, p_lessor text,
                                       p_authorisation text, p_expected_return timestamptz,
                                       p_holder bigint, p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_case larwm.case_record;
    v_id   bigint;
BEGIN
    -- The case is locked so that it cannot be closed meanwhile.
    SELECT * INTO v_case FROM larwm.case_record c WHERE c.reference = p_case FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no case %', p_case USING ERRCODE = 'LW001';
    ELSIF v_case.status <> 'open' THEN
        RAISE EXCEPTION 'case % is closed: reopen it first', p_case USING ERRCODE = 'LW002';
    END IF;
    INSERT INTO larwm.allocation (unit_id, case_id, holder_id, during, lessor, authorisation,
                                  expected_return, risk_at_lease)
    VALUES (p_unit.id, v_case.id, p_holder, tstzrange(p_at, NULL), coalesce(p_lessor, ''),
            p_authorisation, p_expected_return,
            coalesce((SELECT r.risk FROM larwm.case_risk r WHERE r.case_id = v_case.id
                       ORDER BY r.assessed_at DESC, r.id DESC LIMIT 1), 'unknown'))
    RETURNING id INTO v_id;
    PERFORM larwm.move_unit(p_unit, 'leased_untested', p_at, 'leased');
    UPDATE larwm.unmet_need n SET met_at = p_at
      FROM larwm.waiting_list w
     WHERE n.waiting_list_id = w.id AND w.case_id = v_case.id AND w.pool_id = p_unit.pool_id
       AND w.status = 'waiting';
    UPDATE larwm.waiting_list w SET status = 'served', ended_at = p_at
     WHERE w.case_id = v_case.id AND w.pool_id = p_unit.pool_id AND w.status = 'waiting';
    PERFORM larwm.admin_audit('allocation_lease', 'unit', p_unit.identifier,
                              jsonb_build_object('case', p_case, 'allocation', v_id,
                                                 'lessor', p_lessor,
                                                 'authorisation', p_authorisation));
    RETURN v_id;
END
$$;
COMMENT ON FUNCTION larwm.begin_allocation IS 'Begins an allocation and ends the wait; internal.';

CREATE FUNCTION larwm.allocation_lease(p_unit text, p_case text, p_lessor text,
                                       p_authorisation text DEFAULT NULL,
                                       p_expected_return timestamptz DEFAULT NULL,
                                       p_holder bigint DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
DECLARE
    v_unit unit := lock_unit(p_unit);
BEGIN
    IF v_unit.status = 'quarantine' THEN
        RAISE EXCEPTION 'unit % is in quarantine: wipe, re-key and test it first', p_unit
            USING ERRCODE = 'LW002';
    ELSIF v_unit.status IN ('leased_untested', 'in_service', 'faulty_in_service') THEN
        RAISE EXCEPTION 'unit % is leased already: return it first', p_unit
            USING ERRCODE = 'LW002';
    ELSIF v_unit.status <> 'in_store' THEN
        RAISE EXCEPTION 'unit % is %: it cannot be leased', p_unit, v_unit.status
            USING ERRCODE = 'LW002';
    ELSIF is_allocated(v_unit.id, clock_timestamp()) THEN
        RAISE EXCEPTION 'unit % is in store but still held by a case: return it first', p_unit
            USING ERRCODE = 'LW002';
    END IF;
    RETURN begin_allocation(v_unit, p_case, p_lessor, p_authorisation, p_expected_return,
                            p_holder, clock_timestamp());
END
$$;
COMMENT ON FUNCTION larwm.allocation_lease IS
    'Lends a unit from store to an open case; it is leased_untested until a test arrives (D7).';

-- What a pool can offer somebody who has to wait (REQ C20).
CREATE FUNCTION larwm.interim_offer(p_scheme bigint) RETURNS text[]
LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(k.name ORDER BY k.id), '{}')
      FROM larwm.measure_kind k
     WHERE CASE WHEN EXISTS (SELECT FROM larwm.scheme_interim s WHERE s.scheme_id = p_scheme)
                THEN EXISTS (SELECT FROM larwm.scheme_interim s
                              WHERE s.scheme_id = p_scheme AND s.measure_kind_id = k.id)
                ELSE k.interim END
$$;
COMMENT ON FUNCTION larwm.interim_offer IS 'Names of the interim measures of a scheme.';

CREATE FUNCTION larwm.allocation_lease_from_pool(
    p_pool text, p_case text, p_lessor text, p_authorisation text DEFAULT NULL,
    OUT allocation_id bigint, OUT unit text, OUT waiting_id bigint, OUT waiting_rank bigint,
    OUT interim text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_pool pool;
    v_unit unit;
    v_case case_record;
BEGIN
    SELECT * INTO v_pool FROM pool p WHERE p.code = p_pool;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no pool %', p_pool USING ERRCODE = 'LW001';
    END IF;
    SELECT * INTO v_case FROM case_record c WHERE c.reference = p_case;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no case %', p_case USING ERRCODE = 'LW001';
    END IF;
    -- Of two callers for the last unit one gets its lock; the other skips it and waits (S3).
    SELECT u.* INTO v_unit FROM unit u
     WHERE u.pool_id = v_pool.id AND u.status = 'in_store'
       AND NOT is_allocated(u.id, clock_timestamp())
     ORDER BY u.status_since, u.id
     LIMIT 1 FOR UPDATE OF u SKIP LOCKED;
    IF FOUND THEN
        unit := v_unit.identifier;
        allocation_id := begin_allocation(v_unit, p_case, p_lessor, p_authorisation, NULL, NULL,
                                          clock_timestamp());
        interim := '{}';
        RETURN;
    END IF;

    interim := interim_offer(v_pool.scheme_id);
    INSERT INTO waiting_list (pool_id, case_id, review_at, offered)
    VALUES (v_pool.id, v_case.id, clock_timestamp()
            + make_interval(days => coalesce(setting_int('waiting_review_days'), 7)), interim)
    ON CONFLICT (pool_id, case_id) WHERE status = 'waiting'
        DO UPDATE SET offered = excluded.offered
    RETURNING id INTO waiting_id;
    INSERT INTO unmet_need (reason, authority_id, scheme_id, tenure, case_id, waiting_list_id)
    VALUES ('stock', v_case.authority_id, v_pool.scheme_id,
            coalesce((SELECT pr.tenure FROM property pr
                       WHERE pr.id = residence_at(v_case.id, clock_timestamp())), 'unknown'),
            v_case.id, waiting_id)
    ON CONFLICT (waiting_list_id) DO NOTHING;
    SELECT r.rank INTO waiting_rank FROM waiting_ranked r WHERE r.id = waiting_id;
    PERFORM admin_audit('waiting_list_add', 'case', p_case,
                        jsonb_build_object('pool', p_pool, 'rank', waiting_rank));
END
$$;
COMMENT ON FUNCTION larwm.allocation_lease_from_pool IS
    'Lends any free unit of a pool; none free: waiting list, unmet need and interim offer (D10).';

CREATE FUNCTION larwm.allocation_return(p_unit text, p_reason text DEFAULT 'returned') RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
DECLARE
    v_unit unit := lock_unit(p_unit);
    v_at   timestamptz := clock_timestamp();
    v_case text;
BEGIN
    UPDATE allocation a SET during = tstzrange(lower(a.during), v_at), end_reason = p_reason
      FROM case_record c
     WHERE a.unit_id = v_unit.id AND a.during @> v_at AND c.id = a.case_id
    RETURNING c.reference INTO v_case;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'unit % is held by no case', p_unit USING ERRCODE = 'LW002';
    END IF;
    UPDATE unit u SET fitted_property_id = NULL
     WHERE u.id = v_unit.id AND u.fitted_property_id IS NOT NULL;
    PERFORM move_unit(v_unit, 'quarantine', v_at, p_reason);
    PERFORM admin_audit('allocation_return', 'unit', p_unit,
                        jsonb_build_object('case', v_case, 'reason', p_reason));
END
$$;
COMMENT ON FUNCTION larwm.allocation_return IS 'Ends the allocation; the unit goes to quarantine.';

CREATE FUNCTION larwm.allocation_swap(p_old text, p_new text, p_lessor text, p_reason text)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
DECLARE
    v_old unit;
    v_new unit;
    v_at  timestamptz;
    v_a   allocation;
    v_id  bigint;
BEGIN
    -- Locks in the order of the identifiers: two swaps cannot wait for each other.
    IF p_old < p_new THEN
        v_old := lock_unit(p_old);
        v_new := lock_unit(p_new);
    ELSE
        v_new := lock_unit(p_new);
        v_old := lock_unit(p_old);
    END IF;
    v_at := clock_timestamp();
    IF v_new.status <> 'in_store' OR is_allocated(v_new.id, v_at) THEN
        RAISE EXCEPTION 'unit % is %: it cannot replace another', p_new, v_new.status
            USING ERRCODE = 'LW002';
    END IF;
    -- The old one ends and the new one begins at the same instant: nothing is uncovered (D13).
    UPDATE allocation a SET during = tstzrange(lower(a.during), v_at), end_reason = p_reason
     WHERE a.unit_id = v_old.id AND a.during @> v_at
    RETURNING * INTO v_a;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'unit % is held by no case', p_old USING ERRCODE = 'LW002';
    END IF;
    INSERT INTO allocation (unit_id, case_id, holder_id, during, lessor, authorisation,
                            expected_return, risk_at_lease)
    VALUES (v_new.id, v_a.case_id, v_a.holder_id, tstzrange(v_at, NULL), p_lessor,
            v_a.authorisation, v_a.expected_return, v_a.risk_at_lease)
    RETURNING id INTO v_id;
    UPDATE unit u SET fitted_property_id = v_old.fitted_property_id WHERE u.id = v_new.id;
    UPDATE unit u SET fitted_property_id = NULL WHERE u.id = v_old.id;
    PERFORM move_unit(v_new, 'leased_untested', v_at, 'replaces ' || p_old);
    IF v_old.status NOT IN ('lost', 'stolen') THEN
        PERFORM move_unit(v_old, 'quarantine', v_at, p_reason);
    END IF;
    UPDATE task t SET status = 'done', closed_at = v_at
     WHERE t.unit_id = v_old.id AND t.kind = 'unit_replacement' AND t.status = 'open';
    PERFORM admin_audit('allocation_swap', 'unit', p_old,
                        jsonb_build_object('new', p_new, 'allocation', v_id,
                                           'reason', p_reason));
    RETURN v_id;
END
$$;
COMMENT ON FUNCTION larwm.allocation_swap IS
    'Replaces a unit in one transaction; a lost or stolen one keeps its status (REQ D13).';

CREATE FUNCTION larwm.pool_counts(
    p_pool text, OUT total bigint, OUT in_store bigint, OUT leased_untested bigint,
    OUT in_service bigint, OUT faulty_in_service bigint, OUT quarantine bigint, OUT lost bigint,
    OUT stolen bigint, OUT retired bigint, OUT leased bigint, OUT free bigint,
    OUT waiting bigint, OUT utilisation numeric)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_pool bigint;
BEGIN
    SELECT p.id INTO v_pool FROM pool p WHERE p.code = p_pool;
    IF v_pool IS NULL THEN
        RAISE EXCEPTION 'no pool %', p_pool USING ERRCODE = 'LW001';
    END IF;
    SELECT count(*) FILTER (WHERE u.status <> 'retired'),
           count(*) FILTER (WHERE u.status = 'in_store'),
           count(*) FILTER (WHERE u.status = 'leased_untested'),
           count(*) FILTER (WHERE u.status = 'in_service'),
           count(*) FILTER (WHERE u.status = 'faulty_in_service'),
           count(*) FILTER (WHERE u.status = 'quarantine'),
           count(*) FILTER (WHERE u.status = 'lost'),
           count(*) FILTER (WHERE u.status = 'stolen'),
           count(*) FILTER (WHERE u.status = 'retired'),
           count(*) FILTER (WHERE u.status IN ('leased_untested', 'in_service',
                                               'faulty_in_service'))
      INTO total, in_store, leased_untested, in_service, faulty_in_service, quarantine, lost,
           stolen, retired, leased
      FROM unit u WHERE u.pool_id = v_pool;
    SELECT count(*) INTO free FROM unit u
     WHERE u.pool_id = v_pool AND u.status = 'in_store'
       AND NOT is_allocated(u.id, statement_timestamp());
    SELECT count(*) INTO waiting FROM waiting_list w
     WHERE w.pool_id = v_pool AND w.status = 'waiting';
    utilisation := round(100.0 * leased / nullif(total, 0), 1);
END
$$;
COMMENT ON FUNCTION larwm.pool_counts IS
    'Counts of a pool; total leaves retired units out and equals the sum of the others (REQ D5).';

COMMIT;
