-- Deploy larwm:admin_units
-- requires: equipment
-- requires: audit
-- requires: tasks
-- What larwmctl does to units, credentials and allocations. Each function checks, changes and
-- audits on the chain 'admin' in one transaction. Times are clock_timestamp() taken after the lock
-- on the unit, so that acts on one unit have an order even inside one transaction.
--
-- Errors an administrator can cause: LW001 not found, LW002 the state does not allow it, LW003 a
-- value is not acceptable.
BEGIN;
SET LOCAL ROLE larwm_owner;

-- Who acts: the name the tool sets with SET larwm.actor, else the login role.
CREATE FUNCTION larwm.admin_actor() RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('larwm.actor', true), ''), session_user::text)
$$;
COMMENT ON FUNCTION larwm.admin_actor IS 'The person behind an administrative act.';

CREATE FUNCTION larwm.admin_audit(p_action text, p_subject_kind text, p_subject text,
                                  p_detail jsonb DEFAULT '{}') RETURNS bigint
LANGUAGE sql AS $$
    SELECT larwm.audit_append('admin', clock_timestamp(), larwm.admin_actor(), p_action,
                              p_subject_kind, p_subject, jsonb_strip_nulls(p_detail))
$$;
COMMENT ON FUNCTION larwm.admin_audit IS 'One row on the chain admin; internal.';

-- A lifecycle is a table: what unit_set_status() may do. The other functions have moves of their
-- own (lease, return, test).
CREATE TABLE larwm.unit_move (
    from_status larwm.unit_state NOT NULL,
    to_status   larwm.unit_state NOT NULL,
    PRIMARY KEY (from_status, to_status)
);
COMMENT ON TABLE larwm.unit_move IS 'Status changes a person may make by hand.';
INSERT INTO larwm.unit_move VALUES
    ('in_store', 'quarantine'), ('in_store', 'lost'), ('in_store', 'stolen'),
    ('in_store', 'retired'),
    ('leased_untested', 'faulty_in_service'), ('leased_untested', 'lost'),
    ('leased_untested', 'stolen'),
    ('in_service', 'faulty_in_service'), ('in_service', 'lost'), ('in_service', 'stolen'),
    ('faulty_in_service', 'in_service'), ('faulty_in_service', 'lost'),
    ('faulty_in_service', 'stolen'),
    ('quarantine', 'lost'), ('quarantine', 'stolen'), ('quarantine', 'retired'),
    ('lost', 'in_service'), ('lost', 'quarantine'), ('lost', 'stolen'), ('lost', 'retired'),
    ('stolen', 'in_service'), ('stolen', 'quarantine'), ('stolen', 'lost'),
    ('stolen', 'retired'),
    ('retired', 'quarantine');

-- The unit, locked until the transaction ends.
CREATE FUNCTION larwm.lock_unit(p_unit text) RETURNS larwm.unit
LANGUAGE plpgsql AS $$
DECLARE
    found_unit larwm.unit;
BEGIN
    SELECT * INTO found_unit FROM larwm.unit u WHERE u.identifier = p_unit FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no unit %', p_unit USING ERRCODE = 'LW001';
    END IF;
    RETURN found_unit;
END
$$;
COMMENT ON FUNCTION larwm.lock_unit IS 'Finds and locks a unit; internal.';

CREATE FUNCTION larwm.move_unit(p_unit larwm.unit, p_status text, p_at timestamptz, p_reason text)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE larwm.unit SET status = p_status, status_since = p_at WHERE id = p_unit.id;
    INSERT INTO larwm.unit_event (unit_id, at, from_status, to_status, actor, reason)
    VALUES (p_unit.id, p_at, p_unit.status, p_status, larwm.admin_actor(), coalesce(p_reason, ''));
END
$$;
COMMENT ON FUNCTION larwm.move_unit IS 'Changes the status and writes its history; internal.';

CREATE FUNCTION larwm.is_allocated(p_unit_id bigint, p_at timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM larwm.allocation a WHERE a.unit_id = p_unit_id AND a.during @> p_at)
$$;
COMMENT ON FUNCTION larwm.is_allocated IS 'Somebody holds the unit at that instant.';

CREATE FUNCTION larwm.unit_add(p_unit text, p_model text, p_owner text DEFAULT NULL,
                               p_pool text DEFAULT NULL, p_network text DEFAULT '',
                               p_iccid text DEFAULT '', p_silent boolean DEFAULT true)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
DECLARE
    v_model bigint;
    v_owner bigint;
    v_pool  bigint;
    v_id    bigint;
BEGIN
    SELECT id INTO v_model FROM unit_model WHERE code = p_model OR name = p_model;
    IF v_model IS NULL THEN
        RAISE EXCEPTION 'no unit model %', p_model USING ERRCODE = 'LW001';
    END IF;
    SELECT id INTO v_owner FROM agency WHERE code = p_owner;
    IF p_owner IS NOT NULL AND v_owner IS NULL THEN
        RAISE EXCEPTION 'no agency %', p_owner USING ERRCODE = 'LW001';
    END IF;
    SELECT id INTO v_pool FROM pool WHERE code = p_pool;
    IF p_pool IS NOT NULL AND v_pool IS NULL THEN
        RAISE EXCEPTION 'no pool %', p_pool USING ERRCODE = 'LW001';
    END IF;
    IF EXISTS (SELECT FROM unit WHERE identifier = p_unit) THEN
        RAISE EXCEPTION 'unit % exists already', p_unit USING ERRCODE = 'LW002';
    END IF;
    INSERT INTO unit (identifier, model_id, owner_agency_id, pool_id, network, iccid,
                      silent_receipt, status_since)
    VALUES (p_unit, v_model, v_owner, v_pool, p_network, p_iccid, p_silent, clock_timestamp())
    RETURNING id INTO v_id;
    INSERT INTO unit_event (unit_id, at, to_status, actor, reason)
    VALUES (v_id, clock_timestamp(), 'in_store', admin_actor(), 'added');
    PERFORM admin_audit('unit_add', 'unit', p_unit,
                        jsonb_build_object('model', p_model, 'owner', p_owner, 'pool', p_pool));
    RETURN v_id;
END
$$;
COMMENT ON FUNCTION larwm.unit_add IS 'A new unit, in store. Model by code or name.';

CREATE FUNCTION larwm.unit_set_status(p_unit text, p_status text, p_reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
DECLARE
    v_unit      unit := lock_unit(p_unit);
    v_at        timestamptz := clock_timestamp();
    v_allocated boolean := is_allocated(v_unit.id, v_at);
BEGIN
    IF coalesce(p_reason, '') = '' THEN
        RAISE EXCEPTION 'a reason is needed' USING ERRCODE = 'LW003';
    END IF;
    IF NOT EXISTS (SELECT FROM unit_move
                    WHERE from_status = v_unit.status AND to_status = p_status) THEN
        RAISE EXCEPTION 'unit % is %: it cannot be set to %', p_unit, v_unit.status, p_status
            USING ERRCODE = 'LW002',
                  HINT = 'allocation_lease, allocation_return and unit_tested make other moves.';
    END IF;
    IF v_allocated AND p_status IN ('quarantine', 'retired') THEN
        RAISE EXCEPTION 'unit % is held by a case: return it first', p_unit
            USING ERRCODE = 'LW002';
    ELSIF NOT v_allocated AND p_status IN ('in_service', 'faulty_in_service') THEN
        RAISE EXCEPTION 'unit % is held by no case: it cannot be %', p_unit, p_status
            USING ERRCODE = 'LW002';
    END IF;
    PERFORM move_unit(v_unit, p_status, v_at, p_reason);
    PERFORM admin_audit('unit_set_status', 'unit', p_unit,
                        jsonb_build_object('from', v_unit.status, 'to', p_status,
                                           'reason', p_reason));
END
$$;
COMMENT ON FUNCTION larwm.unit_set_status IS
    'Lost, stolen, faulty, found ...: moves of larwm.unit_move. The credential stays (REQ D24).';

CREATE FUNCTION larwm.unit_retire(p_unit text, p_reason text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
    SELECT larwm.unit_set_status(p_unit, 'retired', p_reason)
$$;
COMMENT ON FUNCTION larwm.unit_retire IS 'Takes a unit out of use; a press of it is still an alarm.';

CREATE FUNCTION larwm.credential_add(p_unit text, p_kind text, p_fingerprint bytea DEFAULT NULL,
                                     p_account text DEFAULT NULL, p_key bytea DEFAULT NULL,
                                     p_line text DEFAULT '') RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
DECLARE
    v_unit unit := lock_unit(p_unit);
    v_at   timestamptz := clock_timestamp();
    v_old  unit_credential;
    v_id   bigint;
BEGIN
    IF p_kind = 'tls_key' THEN
        SELECT * INTO v_old FROM unit_credential c WHERE c.fingerprint = p_fingerprint;
        IF FOUND AND v_old.unit_id = v_unit.id AND v_old.valid @> v_at THEN
            RETURN v_old.id;
        ELSIF FOUND THEN
            RAISE EXCEPTION 'this key was given to a unit before: a key is never used again'
                USING ERRCODE = 'LW002';
        END IF;
    ELSIF p_kind = 'dc09' THEN
        SELECT * INTO v_old FROM unit_credential c
         WHERE c.account = p_account AND c.line = p_line AND c.valid @> v_at;
        IF FOUND AND v_old.unit_id <> v_unit.id THEN
            RAISE EXCEPTION 'account % belongs to another unit', p_account
                USING ERRCODE = 'LW002';
        ELSIF FOUND AND v_old.dc09_key = coalesce(p_key, '') THEN
            RETURN v_old.id;
        ELSIF FOUND THEN
            -- An account has one key at a time.
            UPDATE unit_credential
               SET valid = tstzrange(lower(valid), v_at), reason = 'replaced'
             WHERE id = v_old.id;
        END IF;
    ELSE
        RAISE EXCEPTION 'no credential kind %: tls_key or dc09', p_kind USING ERRCODE = 'LW003';
    END IF;
    INSERT INTO unit_credential (unit_id, kind, fingerprint, account, line, dc09_key, valid)
    VALUES (v_unit.id, p_kind, p_fingerprint, p_account,
            CASE p_kind WHEN 'dc09' THEN p_line ELSE '' END,
            CASE p_kind WHEN 'dc09' THEN coalesce(p_key, '') END, tstzrange(v_at, NULL))
    RETURNING id INTO v_id;
    PERFORM admin_audit('credential_add', 'unit', p_unit,
                        jsonb_build_object('kind', p_kind, 'account', p_account,
                                           'fingerprint', encode(p_fingerprint, 'hex'),
                                           'key_bits', octet_length(p_key) * 8));
    RETURN v_id;
END
$$;
COMMENT ON FUNCTION larwm.credential_add IS
    'Gives a unit a TLS key or a DC-09 account. The same again changes nothing.';

CREATE FUNCTION larwm.credential_revoke(p_unit text, p_reason text,
                                        p_fingerprint bytea DEFAULT NULL,
                                        p_account text DEFAULT NULL) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
DECLARE
    v_unit  unit := lock_unit(p_unit);
    v_at    timestamptz := clock_timestamp();
    v_count int;
BEGIN
    IF coalesce(p_reason, '') = '' THEN
        RAISE EXCEPTION 'a reason is needed' USING ERRCODE = 'LW003';
    END IF;
    UPDATE unit_credential c SET valid = tstzrange(lower(c.valid), v_at), reason = p_reason
     WHERE c.unit_id = v_unit.id AND c.valid @> v_at
       AND (p_fingerprint IS NULL OR c.fingerprint = p_fingerprint)
       AND (p_account IS NULL OR c.account = p_account);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    IF v_count = 0 THEN
        RAISE EXCEPTION 'unit % has no such valid credential', p_unit USING ERRCODE = 'LW001';
    END IF;
    PERFORM admin_audit('credential_revoke', 'unit', p_unit,
                        jsonb_build_object('reason', p_reason, 'count', v_count,
                                           'account', p_account,
                                           'fingerprint', encode(p_fingerprint, 'hex')));
    RETURN v_count;
END
$$;
COMMENT ON FUNCTION larwm.credential_revoke IS
    'Ends credentials: one by key or account, else all of the unit. Returns how many.';

CREATE FUNCTION larwm.unit_rekey(p_unit text, p_fingerprint bytea) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
DECLARE
    v_unit unit := lock_unit(p_unit);
    v_at   timestamptz := clock_timestamp();
BEGIN
    UPDATE unit_credential c SET valid = tstzrange(lower(c.valid), v_at), reason = 're-keyed'
     WHERE c.unit_id = v_unit.id AND c.kind = 'tls_key' AND c.valid @> v_at
       AND c.fingerprint <> p_fingerprint;
    RETURN credential_add(p_unit, 'tls_key', p_fingerprint);
END
$$;
COMMENT ON FUNCTION larwm.unit_rekey IS 'New TLS key; every older one ends at once (REQ D11).';

CREATE FUNCTION larwm.unit_tested(p_unit text, p_pass boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
DECLARE
    v_unit unit := lock_unit(p_unit);
    v_at   timestamptz := clock_timestamp();
    v_to   text;
BEGIN
    IF v_unit.status NOT IN ('quarantine', 'leased_untested', 'faulty_in_service') THEN
        RAISE EXCEPTION 'unit % is %: no test is waited for', p_unit, v_unit.status
            USING ERRCODE = 'LW002';
    END IF;
    IF NOT p_pass THEN
        v_to := CASE v_unit.status WHEN 'leased_untested' THEN 'faulty_in_service'
                                   ELSE v_unit.status END;
    ELSIF v_unit.status = 'quarantine' THEN
        IF EXISTS (SELECT FROM unit_credential c
                    WHERE c.unit_id = v_unit.id AND c.valid @> v_at
                      AND (lower_inf(c.valid) OR lower(c.valid) < v_unit.status_since)) THEN
            RAISE EXCEPTION 'unit % still has a credential from before its return: re-key it',
                p_unit USING ERRCODE = 'LW002';
        END IF;
        v_to := 'in_store';
    ELSE
        v_to := 'in_service';
    END IF;
    IF v_to <> v_unit.status THEN
        PERFORM move_unit(v_unit, v_to, v_at, 'tested');
    END IF;
    PERFORM admin_audit('unit_tested', 'unit', p_unit,
                        jsonb_build_object('pass', p_pass, 'from', v_unit.status, 'to', v_to));
    RETURN v_to;
END
$$;
COMMENT ON FUNCTION larwm.unit_tested IS
    'Result of a test: quarantine to store (re-keyed units only), leased to service (REQ D11).';

CREATE FUNCTION larwm.test_window_open(p_unit text, p_minutes int) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
DECLARE
    v_unit  unit := lock_unit(p_unit);
    v_at    timestamptz := clock_timestamp();
    v_until timestamptz := v_at + make_interval(mins => p_minutes);
    v_max   int := coalesce(setting_int('test_window_max_minutes'), 15);
BEGIN
    IF p_minutes NOT BETWEEN 1 AND v_max THEN
        RAISE EXCEPTION 'a test window lasts 1 to % minutes', v_max USING ERRCODE = 'LW003';
    END IF;
    IF EXISTS (SELECT FROM test_window t WHERE t.unit_id = v_unit.id AND t.during @> v_at) THEN
        RAISE EXCEPTION 'unit % has an open test window', p_unit USING ERRCODE = 'LW002';
    END IF;
    INSERT INTO test_window (unit_id, during, opened_by)
    VALUES (v_unit.id, tstzrange(v_at, v_until), admin_actor());
    PERFORM admin_audit('test_window_open', 'unit', p_unit,
                        jsonb_build_object('until', v_until));
    RETURN v_until;
END
$$;
COMMENT ON FUNCTION larwm.test_window_open IS 'Opens a test window; returns its end (REQ A23).';

CREATE FUNCTION larwm.test_window_close(p_unit text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
DECLARE
    v_unit unit := lock_unit(p_unit);
    v_at   timestamptz := clock_timestamp();
BEGIN
    UPDATE test_window t SET during = tstzrange(lower(t.during), v_at)
     WHERE t.unit_id = v_unit.id AND t.during @> v_at;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'unit % has no open test window', p_unit USING ERRCODE = 'LW002';
    END IF;
    PERFORM admin_audit('test_window_close', 'unit', p_unit);
END
$$;
COMMENT ON FUNCTION larwm.test_window_close IS 'Ends the open test window now.';

COMMIT;
