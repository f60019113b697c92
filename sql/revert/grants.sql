-- Revert larwm:grants
BEGIN;
SET LOCAL ROLE larwm_owner;
REVOKE ALL ON ALL TABLES IN SCHEMA larwm FROM larwm_daemon, larwm_admin, larwm_report;
REVOKE ALL ON SCHEMA larwm FROM larwm_daemon, larwm_admin, larwm_report;
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
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM larwm_daemon, larwm_admin, larwm_report',
                       f);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', f);
    END LOOP;
END
$$;
COMMIT;
