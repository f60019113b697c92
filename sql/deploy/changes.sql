-- Deploy larwm:changes
-- requires: units
-- requires: markers
-- Notices on the channel larwm_changed, so that open incidents and the daemon's directory stay
-- current. Payloads: directory, case, marker, allocation. Nothing personal is in a notice.
-- PostgreSQL folds equal notices of one transaction into one.
BEGIN;
SET LOCAL ROLE larwm_owner;

CREATE FUNCTION larwm.notify_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    payload text;
BEGIN
    FOREACH payload IN ARRAY TG_ARGV LOOP
        PERFORM pg_notify('larwm_changed', payload);
    END LOOP;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION larwm.notify_changed IS 'Trigger: tells the daemon which kind of record changed.';

DO $$
DECLARE
    t record;
BEGIN
    FOR t IN SELECT * FROM (VALUES
        ('force', '''directory'', ''case'''), ('authority', '''case'''),
        ('agency', '''case'''),
        ('app_user', '''directory'''), ('unit_model', '''directory'''),
        ('unit', '''directory'', ''allocation'''), ('unit_credential', '''directory'''),
        ('test_window', '''directory'''),
        ('allocation', '''allocation'', ''directory'''),
        ('person', '''case'''), ('property', '''case'''),
        ('case_risk', '''case'', ''directory'''), ('case_hazard', '''case'''),
        ('household_member', '''case'''), ('case_property', '''case'''),
        ('court_order', '''case'''), ('heightened_watch', '''directory'''),
        ('marker', '''marker''')) AS x (name, payloads)
    LOOP
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON larwm.%I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION larwm.notify_changed(%s)',
                       t.name || '_changed', t.name, t.payloads);
    END LOOP;
END
$$;
CREATE TRIGGER case_record_changed AFTER INSERT OR UPDATE OR DELETE ON larwm.case_record
    FOR EACH STATEMENT EXECUTE FUNCTION larwm.notify_changed('case');
-- Who lives there decides silence, which the directory carries.
CREATE TRIGGER case_record_residence_changed
    AFTER UPDATE OF perpetrator_resident ON larwm.case_record
    FOR EACH STATEMENT EXECUTE FUNCTION larwm.notify_changed('directory');

COMMIT;
