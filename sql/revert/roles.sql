-- Revert larwm:roles
-- Another database of the cluster may still use a role: then it stays.
BEGIN;
DO $$
DECLARE
    r text;
BEGIN
    FOREACH r IN ARRAY ARRAY['larwm_report', 'larwm_admin', 'larwm_daemon', 'larwm_owner'] LOOP
        BEGIN
            EXECUTE format('REVOKE ALL ON DATABASE %I FROM %I', current_database(), r);
            EXECUTE format('DROP ROLE %I', r);
        EXCEPTION
            WHEN dependent_objects_still_exist THEN
                RAISE NOTICE 'role % is still used elsewhere and stays', r;
            WHEN undefined_object THEN
                NULL;
        END;
    END LOOP;
END
$$;
COMMIT;
