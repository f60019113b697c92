-- Deploy larwm:admin_cases
-- requires: markers
-- requires: admin_units
-- requires: resolve
-- What larwmctl does to cases, markers and users. Conventions: admin_units.
BEGIN;
SET LOCAL ROLE larwm_owner;

-- Refuses a document with a key nobody reads: a misspelt "hazzards" must not be lost silently.
CREATE FUNCTION larwm.check_keys(p_doc jsonb, p_where text, p_known text[]) RETURNS void
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    v_key text;
BEGIN
    IF jsonb_typeof(p_doc) <> 'object' THEN
        RAISE EXCEPTION '% must be an object', p_where USING ERRCODE = 'LW003';
    END IF;
    SELECT k INTO v_key FROM jsonb_object_keys(p_doc) k WHERE k <> ALL (p_known) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%: unknown key "%"', p_where, v_key USING ERRCODE = 'LW003',
            HINT = 'Known: ' || array_to_string(p_known, ', ');
    END IF;
END
$$;
COMMENT ON FUNCTION larwm.check_keys IS 'Refuses unknown keys; internal.';

-- The next free reference of an authority and year, "GW-2026-0001".
CREATE FUNCTION larwm.next_case_reference(p_prefix text, p_at timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    v_stem text := p_prefix || '-' || to_char(p_at AT TIME ZONE 'Europe/London', 'YYYY') || '-';
    v_no   text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('larwm.case.' || v_stem, 0));
    SELECT (coalesce(max(split_part(c.reference, '-', 3)::bigint), 0) + 1)::text INTO v_no
      FROM larwm.case_record c WHERE c.reference LIKE v_stem || '%';
    RETURN v_stem || lpad(v_no, greatest(4, length(v_no)), '0');
END
$$;
COMMENT ON FUNCTION larwm.next_case_reference IS 'Numbers cases without gaps by accident; internal.';

CREATE FUNCTION larwm.case_add_property(p_case bigint, p_authority bigint, p_doc jsonb,
                                        p_since timestamptz) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_id bigint;
BEGIN
    PERFORM larwm.check_keys(p_doc, 'property', ARRAY[
        'address', 'town', 'postcode', 'latitude', 'longitude', 'confidential', 'tenure',
        'access_notes']);
    INSERT INTO larwm.property (address, town, postcode, latitude, longitude, confidential,
                                authority_id, tenure, access_notes)
    VALUES (p_doc->>'address', coalesce(p_doc->>'town', ''), coalesce(p_doc->>'postcode', ''),
            (p_doc->>'latitude')::float8, (p_doc->>'longitude')::float8,
            coalesce((p_doc->>'confidential')::boolean, false), p_authority,
            coalesce(p_doc->>'tenure', 'unknown'), coalesce(p_doc->>'access_notes', ''))
    RETURNING id INTO v_id;
    INSERT INTO larwm.case_property (case_id, property_id, during)
    VALUES (p_case, v_id, tstzrange(p_since, NULL));
    RETURN v_id;
END
$$;
COMMENT ON FUNCTION larwm.case_add_property IS 'The home in a new case; internal.';

CREATE FUNCTION larwm.case_add_lists(p_case bigint, p_doc jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_item jsonb;
BEGIN
    INSERT INTO larwm.case_hazard (case_id, text, rank)
    SELECT p_case, h.text, h.no
      FROM jsonb_array_elements_text(coalesce(p_doc->'hazards', '[]'))
               WITH ORDINALITY AS h (text, no);
    FOR v_item IN SELECT jsonb_array_elements(coalesce(p_doc->'household', '[]')) LOOP
        PERFORM larwm.check_keys(v_item, 'household', ARRAY['description', 'born', 'child']);
        INSERT INTO larwm.household_member (case_id, description, born, child)
        VALUES (p_case, v_item->>'description', (v_item->>'born')::date,
                coalesce((v_item->>'child')::boolean, false));
    END LOOP;
    FOR v_item IN SELECT jsonb_array_elements(coalesce(p_doc->'orders', '[]')) LOOP
        PERFORM larwm.check_keys(v_item, 'orders', ARRAY['kind', 'court', 'from', 'to', 'terms']);
        INSERT INTO larwm.court_order (case_id, kind, court, during, terms)
        VALUES (p_case, v_item->>'kind', coalesce(v_item->>'court', ''),
                tstzrange((v_item->>'from')::timestamptz, (v_item->>'to')::timestamptz),
                coalesce(v_item->>'terms', ''));
    END LOOP;
END
$$;
COMMENT ON FUNCTION larwm.case_add_lists IS 'Hazards, household and orders of a new case; internal.';

CREATE FUNCTION larwm.case_add(p_doc jsonb) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
DECLARE
    v_at        timestamptz := clock_timestamp();
    v_authority authority;
    v_agency    bigint;
    v_person    bigint;
    v_case      bigint;
    v_reference text;
    v_doc       jsonb := p_doc->'person';
BEGIN
    PERFORM check_keys(p_doc, 'case', ARRAY[
        'reference', 'authority', 'category', 'lead_agency', 'coordinator', 'alias',
        'police_consent', 'wishes', 'safe_contact', 'may_call', 'may_text', 'may_speak',
        'code_word', 'cover_story', 'safety_plan', 'perpetrator_resident',
        'perpetrator_resident_source', 'perpetrator', 'marac_at', 'risk', 'risk_by',
        'risk_basis', 'person', 'property', 'lives_there_since', 'hazards', 'household',
        'orders']);
    PERFORM check_keys(coalesce(v_doc, '{}'), 'person',
                       ARRAY['name', 'born', 'telephone', 'language', 'needs']);
    IF coalesce(v_doc->>'name', '') = '' THEN
        RAISE EXCEPTION 'case: the name of the person is missing' USING ERRCODE = 'LW003';
    END IF;
    SELECT * INTO v_authority FROM authority a WHERE a.code = p_doc->>'authority';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'case: no authority %', coalesce(p_doc->>'authority', '(missing)')
            USING ERRCODE = 'LW001';
    END IF;
    SELECT id INTO v_agency FROM agency a WHERE a.code = p_doc->>'lead_agency';
    IF p_doc ? 'lead_agency' AND v_agency IS NULL THEN
        RAISE EXCEPTION 'case: no agency %', p_doc->>'lead_agency' USING ERRCODE = 'LW001';
    END IF;
    v_reference := coalesce(p_doc->>'reference',
                            next_case_reference(v_authority.case_prefix, v_at));

    INSERT INTO person (name, born, telephone, language, needs)
    VALUES (v_doc->>'name', (v_doc->>'born')::date, coalesce(v_doc->>'telephone', ''),
            coalesce(v_doc->>'language', 'en'), coalesce(v_doc->>'needs', ''))
    RETURNING id INTO v_person;
    INSERT INTO case_record (reference, person_id, authority_id, category, lead_agency_id,
        coordinator, opened_at, alias, police_consent, wishes, wishes_at, safe_contact, may_call,
        may_text, may_speak, code_word, cover_story, safe_contact_reviewed_at, safety_plan,
        perpetrator_resident, perpetrator_resident_since, perpetrator_resident_source,
        perpetrator, marac_at)
    VALUES (v_reference, v_person, v_authority.id,
            coalesce(p_doc->>'category', 'domestic_abuse'), v_agency,
            coalesce(p_doc->>'coordinator', ''), v_at, coalesce(p_doc->>'alias', v_reference),
            coalesce(p_doc->>'police_consent', 'not_recorded'), coalesce(p_doc->>'wishes', ''),
            CASE WHEN p_doc ? 'wishes' THEN v_at END, coalesce(p_doc->>'safe_contact', ''),
            coalesce((p_doc->>'may_call')::boolean, false),
            coalesce((p_doc->>'may_text')::boolean, false),
            coalesce((p_doc->>'may_speak')::boolean, false),
            coalesce(p_doc->>'code_word', ''), coalesce(p_doc->>'cover_story', ''),
            CASE WHEN p_doc ? 'safe_contact' THEN v_at END, coalesce(p_doc->>'safety_plan', ''),
            coalesce(p_doc->>'perpetrator_resident', 'unknown'),
            CASE WHEN p_doc ? 'perpetrator_resident' THEN v_at END,
            coalesce(p_doc->>'perpetrator_resident_source', ''),
            coalesce(p_doc->>'perpetrator', ''), (p_doc->>'marac_at')::timestamptz)
    RETURNING id INTO v_case;
    IF p_doc ? 'risk' THEN
        INSERT INTO case_risk (case_id, risk, assessed_at, assessed_by, basis)
        VALUES (v_case, p_doc->>'risk', v_at, coalesce(p_doc->>'risk_by', admin_actor()),
                coalesce(p_doc->>'risk_basis', ''));
    END IF;
    IF p_doc ? 'property' THEN
        PERFORM case_add_property(v_case, v_authority.id, p_doc->'property',
                                  coalesce((p_doc->>'lives_there_since')::timestamptz, v_at));
    END IF;
    PERFORM case_add_lists(v_case, p_doc);
    -- The audit says which fields came, never what was in them.
    PERFORM admin_audit('case_add', 'case', v_reference, jsonb_build_object('fields',
                        (SELECT jsonb_agg(k ORDER BY k) FROM jsonb_object_keys(p_doc) k)));
    RETURN v_reference;
END
$$;
COMMENT ON FUNCTION larwm.case_add IS
    'A case from a document (keys: sql/README.md). Returns its reference.';

CREATE FUNCTION larwm.case_set_status(p_case text, p_status text, p_reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
DECLARE
    v_case case_record;
BEGIN
    IF p_status NOT IN ('open', 'closed') THEN
        RAISE EXCEPTION 'a case is open or closed' USING ERRCODE = 'LW003';
    END IF;
    SELECT * INTO v_case FROM case_record c WHERE c.reference = p_case FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no case %', p_case USING ERRCODE = 'LW001';
    ELSIF v_case.status = p_status THEN
        RAISE EXCEPTION 'case % is % already', p_case, p_status USING ERRCODE = 'LW002';
    END IF;
    UPDATE case_record SET status = p_status,
           closed_at = CASE p_status WHEN 'closed' THEN clock_timestamp() END
     WHERE id = v_case.id;
    PERFORM admin_audit('case_' || p_status, 'case', p_case,
                        jsonb_build_object('reason', p_reason));
END
$$;
COMMENT ON FUNCTION larwm.case_set_status IS
    'Closes or reopens; a unit still leased keeps alarming for the case (REQ B17, rule R0).';

CREATE FUNCTION larwm.case_risk_add(p_case text, p_risk text, p_basis text DEFAULT '')
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
DECLARE
    v_case bigint;
BEGIN
    SELECT id INTO v_case FROM case_record c WHERE c.reference = p_case;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no case %', p_case USING ERRCODE = 'LW001';
    END IF;
    INSERT INTO case_risk (case_id, risk, assessed_at, assessed_by, basis)
    VALUES (v_case, p_risk, clock_timestamp(), admin_actor(), p_basis);
    UPDATE task SET status = 'done', closed_at = clock_timestamp()
     WHERE case_id = v_case AND kind = 'risk_review' AND status = 'open';
    PERFORM admin_audit('case_risk_add', 'case', p_case, jsonb_build_object('risk', p_risk));
END
$$;
COMMENT ON FUNCTION larwm.case_risk_add IS 'A new assessment; ends open risk reviews of the case.';

CREATE FUNCTION larwm.marker_add(
    p_case text, p_reference text, p_kind text DEFAULT 'panic alarm', p_text text DEFAULT '',
    p_valid_from timestamptz DEFAULT NULL, p_valid_to timestamptz DEFAULT NULL,
    p_review_by timestamptz DEFAULT NULL, p_force text DEFAULT NULL,
    p_property bigint DEFAULT NULL, p_requested_by text DEFAULT '', p_set_by text DEFAULT '')
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
DECLARE
    v_at       timestamptz := clock_timestamp();
    v_from     timestamptz := coalesce(p_valid_from, v_at);
    v_to       timestamptz := p_valid_to;
    v_review   timestamptz := p_review_by;
    v_case     case_record;
    v_property bigint;
    v_force    bigint;
    v_id       bigint;
BEGIN
    SELECT * INTO v_case FROM case_record c WHERE c.reference = p_case;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no case %', p_case USING ERRCODE = 'LW001';
    END IF;
    v_property := coalesce(p_property, residence_at(v_case.id, greatest(v_from, v_at)));
    IF v_property IS NULL THEN
        RAISE EXCEPTION 'case % has no residence to put the marker on', p_case
            USING ERRCODE = 'LW002';
    END IF;
    SELECT CASE WHEN p_force IS NULL
                THEN (SELECT au.force_id FROM property pr
                        JOIN authority au ON au.id = pr.authority_id WHERE pr.id = v_property)
                ELSE (SELECT f.id FROM force f WHERE f.code = p_force) END INTO v_force;
    IF v_force IS NULL THEN
        RAISE EXCEPTION 'no force %, or no such property', coalesce(p_force, '')
            USING ERRCODE = 'LW001';
    END IF;
    IF v_to IS NULL THEN
        v_to := v_from + make_interval(months => setting_int('marker_valid_months'));
    ELSIF v_to = 'infinity' THEN
        v_to := NULL;
    END IF;
    IF v_review IS NULL THEN
        v_review := v_from + make_interval(months => setting_int('marker_review_months'));
    END IF;
    INSERT INTO marker (property_id, force_id, case_id, reference, kind, text, requested_by,
                        set_by, valid_from, valid_to, review_by)
    VALUES (v_property, v_force, v_case.id, p_reference, p_kind, p_text, p_requested_by,
            p_set_by, v_from, v_to, v_review)
    RETURNING id INTO v_id;
    UPDATE task t SET status = 'done', closed_at = v_at
     WHERE t.kind IN ('marker_renewal', 'marker_request') AND t.status = 'open'
       AND t.property_id = v_property;
    PERFORM admin_audit('marker_add', 'marker', p_reference,
                        jsonb_build_object('case', p_case, 'valid_from', v_from,
                                           'valid_to', v_to));
    RETURN v_id;
END
$$;
COMMENT ON FUNCTION larwm.marker_add IS
    'A marker on the place where the person lives, or on a given property. Without dates the '
    'defaults of larwm.setting hold; p_valid_to infinity is open-ended. Ends renewal tasks.';

CREATE FUNCTION larwm.marker_withdraw(p_reference text, p_reason text, p_force text DEFAULT NULL,
                                      p_at timestamptz DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
DECLARE
    v_at    timestamptz := coalesce(p_at, clock_timestamp());
    v_ids   bigint[];
BEGIN
    IF coalesce(p_reason, '') = '' THEN
        RAISE EXCEPTION 'a reason is needed' USING ERRCODE = 'LW003';
    END IF;
    SELECT array_agg(m.id) INTO v_ids
      FROM marker m JOIN force f ON f.id = m.force_id
     WHERE m.reference = p_reference AND m.withdrawn_at IS NULL
       AND (p_force IS NULL OR f.code = p_force);
    IF v_ids IS NULL THEN
        RAISE EXCEPTION 'no marker % that is not withdrawn', p_reference USING ERRCODE = 'LW001';
    ELSIF cardinality(v_ids) > 1 THEN
        RAISE EXCEPTION 'several forces have a marker %: name the force', p_reference
            USING ERRCODE = 'LW003';
    END IF;
    UPDATE marker SET withdrawn_at = v_at, withdrawn_reason = p_reason WHERE id = v_ids[1];
    UPDATE task SET status = 'cancelled', closed_at = clock_timestamp()
     WHERE marker_id = v_ids[1] AND kind = 'marker_renewal' AND status = 'open';
    PERFORM admin_audit('marker_withdraw', 'marker', p_reference,
                        jsonb_build_object('reason', p_reason, 'at', v_at));
END
$$;
COMMENT ON FUNCTION larwm.marker_withdraw IS 'Withdraws from an instant on; default now.';

CREATE FUNCTION larwm.user_add(p_username text, p_display_name text, p_password_hash text,
                               p_role text, p_language text DEFAULT 'en',
                               p_totp_secret bytea DEFAULT NULL,
                               p_replace boolean DEFAULT false) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
DECLARE
    v_id bigint;
BEGIN
    IF NOT p_replace AND EXISTS (SELECT FROM app_user u WHERE u.username = p_username) THEN
        RAISE EXCEPTION 'user % exists already', p_username USING ERRCODE = 'LW002';
    END IF;
    INSERT INTO app_user (username, display_name, password_hash, role, language, totp_secret)
    VALUES (p_username, p_display_name, p_password_hash, p_role, p_language, p_totp_secret)
    ON CONFLICT (username) DO UPDATE
        SET display_name = excluded.display_name, password_hash = excluded.password_hash,
            role = excluded.role, language = excluded.language,
            totp_secret = excluded.totp_secret, disabled = false
    RETURNING id INTO v_id;
    PERFORM admin_audit('user_add', 'user', p_username,
                        jsonb_build_object('role', p_role, 'replace', p_replace));
    RETURN v_id;
END
$$;
COMMENT ON FUNCTION larwm.user_add IS
    'A console user; p_replace sets a known one anew. The hash is argon2id, never the password.';

CREATE FUNCTION larwm.user_set_disabled(p_username text, p_disabled boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = larwm, pg_temp AS $$
BEGIN
    UPDATE app_user SET disabled = p_disabled WHERE username = p_username;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no user %', p_username USING ERRCODE = 'LW001';
    END IF;
    PERFORM admin_audit('user_set_disabled', 'user', p_username,
                        jsonb_build_object('disabled', p_disabled));
END
$$;
COMMENT ON FUNCTION larwm.user_set_disabled IS 'Shuts a user out, or lets them in again.';

COMMIT;
