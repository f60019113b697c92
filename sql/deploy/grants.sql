-- Deploy larwm:grants
-- requires: resolve
-- requires: directory
-- requires: admin_leases
-- requires: admin_cases
-- requires: funding
-- Least privilege. Nothing is granted to PUBLIC; each role gets what its program needs.
BEGIN;
SET LOCAL ROLE larwm_owner;

-- Only what is larwm's own: the functions of btree_gist in this schema must stay executable, since
-- inserting into a table with an exclusion constraint calls them as the writer.
DO $$
DECLARE
    f regprocedure;
BEGIN
    FOR f IN SELECT p.oid::regprocedure FROM pg_proc p
              WHERE p.pronamespace = 'larwm'::regnamespace
                AND p.proowner = 'larwm_owner'::regrole
                AND NOT EXISTS (SELECT FROM pg_depend d
                                 WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
                                   AND d.deptype = 'e')
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
    END LOOP;
END
$$;
GRANT USAGE ON SCHEMA larwm TO larwm_daemon, larwm_admin, larwm_report;

-- The daemon. It resolves through functions that run as the owner: it can ask about a unit, not
-- read the persons. Alarm tables: it adds and brings up to date, never deletes. Audit: it appends.
GRANT EXECUTE ON FUNCTION larwm.resolve, larwm.resolve_case, larwm.last_holder,
    larwm.marker_status_at, larwm.audit_append, larwm.audit_head TO larwm_daemon;
GRANT SELECT ON larwm.directory_units, larwm.directory_dc09, larwm.directory_users,
    larwm.directory_forces TO larwm_daemon;
GRANT SELECT, INSERT, UPDATE ON larwm.applied_position, larwm.signal, larwm.incident,
    larwm.incident_signal, larwm.incident_history, larwm.escalation, larwm.delivery,
    larwm.watch_log TO larwm_daemon;
GRANT SELECT (node, pos, idx), INSERT ON larwm.disclosure TO larwm_daemon;

-- Administration. Reads everything except secrets, changes only through audited functions.
GRANT SELECT ON ALL TABLES IN SCHEMA larwm TO larwm_admin;
REVOKE SELECT ON larwm.unit_credential, larwm.app_user, larwm.directory_dc09,
    larwm.directory_users FROM larwm_admin;
GRANT SELECT (id, unit_id, kind, fingerprint, account, line, valid, reason)
    ON larwm.unit_credential TO larwm_admin;
GRANT SELECT (id, username, display_name, role, disabled, language, created_at)
    ON larwm.app_user TO larwm_admin;
GRANT EXECUTE ON FUNCTION larwm.unit_add, larwm.unit_retire, larwm.unit_set_status,
    larwm.credential_add, larwm.credential_revoke, larwm.unit_rekey, larwm.unit_tested,
    larwm.test_window_open, larwm.test_window_close, larwm.case_add, larwm.case_set_status,
    larwm.case_risk_add, larwm.marker_add, larwm.marker_withdraw, larwm.allocation_lease,
    larwm.allocation_lease_from_pool, larwm.allocation_return, larwm.allocation_swap,
    larwm.pool_counts, larwm.user_add, larwm.user_set_disabled, larwm.audit_append,
    larwm.audit_verify, larwm.audit_head, larwm.resolve_case, larwm.last_holder,
    larwm.residence_at, larwm.marker_at, larwm.marker_status_at, larwm.setting_int,
    larwm.risk_rank, larwm.fund_remaining TO larwm_admin;

-- Reports. Figures and references; no names, addresses, positions, numbers or free text.
GRANT SELECT ON larwm.force, larwm.authority, larwm.scheme, larwm.scheme_authority,
    larwm.scheme_clock, larwm.scheme_tenure, larwm.holiday, larwm.agency, larwm.agency_alias,
    larwm.scheme_referrer, larwm.agreement, larwm.unit_model, larwm.contract, larwm.pool,
    larwm.measure_kind, larwm.scheme_interim, larwm.store, larwm.stock, larwm.fund,
    larwm.applied_position, larwm.incident_signal, larwm.test_window, larwm.case_risk
    TO larwm_report;
GRANT SELECT (id, authority_id, tenure, confidential) ON larwm.property TO larwm_report;
GRANT SELECT (id, reference, authority_id, category, lead_agency_id, status, opened_at, closed_at,
              police_consent, perpetrator_resident, marac_at) ON larwm.case_record TO larwm_report;
GRANT SELECT (id, case_id, property_id, kind, during) ON larwm.case_property TO larwm_report;
GRANT SELECT (id, identifier, model_id, status, status_since, owner_agency_id, pool_id,
              contract_id, network) ON larwm.unit TO larwm_report;
GRANT SELECT (id, unit_id, at, from_status, to_status) ON larwm.unit_event TO larwm_report;
GRANT SELECT (id, unit_id, case_id, during, expected_return, risk_at_lease)
    ON larwm.allocation TO larwm_report;
GRANT SELECT (id, property_id, force_id, case_id, kind, valid_from, valid_to, review_by,
              withdrawn_at) ON larwm.marker TO larwm_report;
GRANT SELECT (node, pos, received_at, device_at, protocol, unit, kind, restore, case_id, repeats,
              battery_percent, clock_suspect, network) ON larwm.signal TO larwm_report;
GRANT SELECT (node, no, reference, state, priority, risk, kind, unit, case_id, property_id,
              marker_status, alert, opened_at, last_signal_at, claimed_at, closed_at, outcome,
              police_state, signal_count, press_count, repeat_count, badges, test)
    ON larwm.incident TO larwm_report;
GRANT SELECT (node, pos, idx, no, at, kind, alert, outcome)
    ON larwm.incident_history TO larwm_report;
GRANT SELECT (node, no, force, state, reason, queued_at, sent_at, answered_at, tries)
    ON larwm.escalation TO larwm_report;
GRANT SELECT (node, pos, no, event, update_no, at) ON larwm.delivery TO larwm_report;
GRANT SELECT (node, pos, at, role, present) ON larwm.watch_log TO larwm_report;
GRANT SELECT (id, reference, scheme_id, property_id, case_id, referrer_id, self_referral,
              received_at, level, tenure, risk, perpetrator_resident, reasonable_step, status,
              due_at) ON larwm.referral TO larwm_report;
GRANT SELECT (id, reference, kind, referral_id, case_id, provider_id, level, opened_at, due_at,
              status, outcome, closed_at) ON larwm.job TO larwm_report;
GRANT SELECT (id, case_id, kind, due_on, done_at, outcome, score_before, score_after)
    ON larwm.follow_up TO larwm_report;
GRANT SELECT (id, case_id, agency_id, kind, offered_at, answer)
    ON larwm.support_offer TO larwm_report;
GRANT SELECT (id, pool_id, since, status, ended_at) ON larwm.waiting_list TO larwm_report;
GRANT SELECT (id, at, reason, authority_id, scheme_id, tenure, met_at)
    ON larwm.unmet_need TO larwm_report;
GRANT SELECT (id, fund_id, scheme_id, authority_id, contract_id, period, nature, payer_kind,
              tenure, amount_pence, quality) ON larwm.cost_line TO larwm_report;
GRANT EXECUTE ON FUNCTION larwm.pool_counts, larwm.fund_remaining, larwm.risk_rank
    TO larwm_report;

COMMIT;
