-- Invented records the tests share, added inside the transaction of each test. S1 to S4 of the
-- scenarios: Mared in Swansea, Ann and Bethan with SKY-07 in Gwynedd.
SET client_min_messages = warning;

INSERT INTO larwm.force (code, name, telephone) VALUES
    ('t-south', 'South (test)', '01632 960901'), ('t-north', 'North (test)', '01632 960902');
INSERT INTO larwm.authority (code, name, case_prefix, force_id)
SELECT v.code, v.name, v.prefix, f.id
  FROM (VALUES ('t-swansea', 'Swansea (test)', 'XS', 't-south'),
               ('t-gwynedd', 'Gwynedd (test)', 'XG', 't-north'),
               ('t-cardiff', 'Cardiff (test)', 'XC', 't-south')) v (code, name, prefix, force)
  JOIN larwm.force f ON f.code = v.force;
INSERT INTO larwm.agency (code, name, kind, authority_id, force_id)
SELECT v.code, v.code, v.kind, a.id, f.id
  FROM (VALUES ('t-dau-south', 'police_dau', NULL, 't-south'),
               ('t-dau-north', 'police_dau', NULL, 't-north'),
               ('t-cst', 'local_authority', 't-gwynedd', NULL)) v (code, kind, authority, force)
  LEFT JOIN larwm.authority a ON a.code = v.authority
  LEFT JOIN larwm.force f ON f.code = v.force;
INSERT INTO larwm.unit_model (code, name, kind, monitored, mobile, heartbeat_interval_s) VALUES
    ('t-pendant', 'Pendant (test)', 'personal', true, true, 900),
    ('t-hub', 'Hub (test)', 'hub', true, false, 300),
    ('t-sounder', 'Sounder (test)', 'sounder', false, true, 0);
INSERT INTO larwm.scheme (code, name) VALUES ('t-scheme', 'Scheme (test)');
INSERT INTO larwm.pool (code, name, scheme_id) SELECT 't-pool', 'Pool (test)', id
  FROM larwm.scheme WHERE code = 't-scheme';
INSERT INTO larwm.measure_kind (code, name, fixed, interim) VALUES
    ('t_door_brace', 'Door brace (test)', false, true),
    ('t_attack_alarm', 'Attack alarm (test)', false, true);
INSERT INTO larwm.scheme_interim SELECT s.id, k.id FROM larwm.scheme s, larwm.measure_kind k
 WHERE s.code = 't-scheme' AND k.code LIKE 't\_%';

INSERT INTO larwm.person (reference, name, born, telephone) VALUES
    ('T-MARED', 'Mared Test', '1988-04-12', '01632 960911'),
    ('T-ANN', 'Ann Test', NULL, '01632 960912'), ('T-BETHAN', 'Bethan Test', NULL, ''),
    ('T-MOVER', 'Mover Test', NULL, '');
INSERT INTO larwm.property (reference, address, town, latitude, longitude, authority_id, tenure,
                            access_notes, confidential)
SELECT v.reference, v.address, v.town, 51.6, -3.9, a.id, 'private_rented', v.notes, v.confidential
  FROM (VALUES ('T-P-MARED', '1 Test Row', 'Swansea', 't-swansea', 'back gate', false),
               ('T-P-ANN', '2 Test Row', 'Caernarfon', 't-gwynedd', '', false),
               ('T-P-BETHAN', '3 Test Row', 'Bangor', 't-gwynedd', '', false),
               ('T-P-OLD', '4 Old Row', 'Swansea', 't-swansea', '', false),
               ('T-P-NEW', '5 Secret Row', 'Cardiff', 't-cardiff', '', true),
               ('T-P-SAFE', '6 Safe Row', 'Cardiff', 't-cardiff', '', false)
       ) v (reference, address, town, authority, notes, confidential)
  JOIN larwm.authority a ON a.code = v.authority;
INSERT INTO larwm.case_record (reference, person_id, authority_id, lead_agency_id, alias,
                               police_consent, perpetrator_resident, marac_at, opened_at)
SELECT v.reference, p.id, a.id, (SELECT id FROM larwm.agency WHERE code = 't-cst'), v.alias, 'yes',
       'no', '2016-10-22', '2016-01-01'
  FROM (VALUES ('XS-2016-0001', 'T-MARED', 't-swansea', 'Kite'),
               ('XG-2016-0001', 'T-ANN', 't-gwynedd', 'Owl'),
               ('XG-2016-0002', 'T-BETHAN', 't-gwynedd', 'Tern'),
               ('XS-2016-0002', 'T-MOVER', 't-swansea', 'Gull')) v (reference, person, authority, alias)
  JOIN larwm.person p ON p.reference = v.person
  JOIN larwm.authority a ON a.code = v.authority;
INSERT INTO larwm.case_property (case_id, property_id, kind, during)
SELECT c.id, p.id, v.kind, v.during::tstzrange
  FROM (VALUES ('XS-2016-0001', 'T-P-MARED', 'home', '[2015-01-01,)'),
               ('XG-2016-0001', 'T-P-ANN', 'home', '[2015-01-01,)'),
               ('XG-2016-0002', 'T-P-BETHAN', 'home', '[2015-01-01,)'),
               ('XS-2016-0002', 'T-P-OLD', 'home', '[2015-01-01,2016-06-01)'),
               ('XS-2016-0002', 'T-P-NEW', 'home', '[2016-06-01,)')) v (c, property, kind, during)
  JOIN larwm.case_record c ON c.reference = v.c
  JOIN larwm.property p ON p.reference = v.property;
INSERT INTO larwm.case_risk (case_id, risk, assessed_at)
SELECT c.id, v.risk, v.at::timestamptz
  FROM (VALUES ('XS-2016-0001', 'medium', '2016-01-01'), ('XS-2016-0001', 'high', '2016-10-22'),
               ('XG-2016-0001', 'standard', '2016-01-01')) v (c, risk, at)
  JOIN larwm.case_record c ON c.reference = v.c;
INSERT INTO larwm.case_hazard (case_id, text, rank)
SELECT id, h.text, h.rank FROM larwm.case_record,
       (VALUES ('second hazard', 2), ('first hazard', 1)) h (text, rank)
 WHERE reference = 'XS-2016-0001';
INSERT INTO larwm.household_member (case_id, description, born, child)
SELECT id, 'girl', '2012-05-01', true FROM larwm.case_record WHERE reference = 'XS-2016-0001';

INSERT INTO larwm.unit (identifier, model_id, status, owner_agency_id, pool_id, status_since)
SELECT v.identifier, m.id, v.status, a.id, p.id, '2016-01-01'
  FROM (VALUES ('T-SKY-01', 't-pendant', 'in_service'), ('T-SKY-03', 't-pendant', 'in_store'),
               ('T-SKY-04', 't-pendant', 'lost'), ('T-SKY-05', 't-pendant', 'stolen'),
               ('T-SKY-07', 't-pendant', 'in_service'), ('T-SKY-08', 't-pendant', 'in_service'),
               ('T-HUB-01', 't-hub', 'in_service')) v (identifier, model, status)
  JOIN larwm.unit_model m ON m.code = v.model
  JOIN larwm.agency a ON a.code = 't-cst'
  JOIN larwm.pool p ON p.code = 't-pool';
UPDATE larwm.unit SET fitted_property_id = (SELECT id FROM larwm.property
                                             WHERE reference = 'T-P-OLD')
 WHERE identifier = 'T-HUB-01';
INSERT INTO larwm.allocation (unit_id, case_id, during)
SELECT u.id, c.id, v.during::tstzrange
  FROM (VALUES ('T-SKY-01', 'XS-2016-0001', '[2016-10-25 10:00Z,)'),
               ('T-SKY-03', 'XG-2016-0001', '[2016-01-01,2016-04-01)'),
               ('T-SKY-04', 'XG-2016-0001', '[2016-04-01,)'),
               ('T-SKY-05', 'XG-2016-0002', '[2016-01-01,2016-05-01)'),
               ('T-SKY-07', 'XG-2016-0001', '[2016-01-01,2016-05-03 09:00Z)'),
               ('T-SKY-07', 'XG-2016-0002', '[2016-05-05 14:00Z,)'),
               ('T-SKY-08', 'XS-2016-0002', '[2016-01-01,)'),
               ('T-HUB-01', 'XS-2016-0002', '[2016-01-01,)')) v (unit, c, during)
  JOIN larwm.unit u ON u.identifier = v.unit
  JOIN larwm.case_record c ON c.reference = v.c;

INSERT INTO larwm.marker (property_id, force_id, reference, valid_from, valid_to, withdrawn_at,
                          withdrawn_reason)
SELECT p.id, f.id, v.reference, v.f::timestamptz, v.t::timestamptz, v.w::timestamptz, v.reason
  FROM (VALUES ('T-P-MARED', 't-south', 'M1', '2016-10-25', '2017-04-25', NULL, NULL),
               ('T-P-BETHAN', 't-north', 'M2', '2016-01-01', '2016-05-01', NULL, NULL),
               ('T-P-ANN', 't-north', 'M3', '2016-01-01', '2016-12-01', '2016-03-01', 'risk fell'),
               ('T-P-OLD', 't-south', 'M4', '2016-01-01', '2016-12-01', NULL, NULL)
       ) v (property, force, reference, f, t, w, reason)
  JOIN larwm.property p ON p.reference = v.property
  JOIN larwm.force f ON f.code = v.force;

-- One press, resolved.
CREATE FUNCTION pg_temp.press(unit text, at timestamptz, received timestamptz)
RETURNS SETOF larwm.resolve_card LANGUAGE sql AS $$
    SELECT * FROM larwm.resolve(ARRAY[unit], ARRAY[at], ARRAY[received])
$$;
CREATE FUNCTION pg_temp.prop(p_reference text) RETURNS bigint LANGUAGE sql AS $$
    SELECT id FROM larwm.property WHERE reference = p_reference
$$;
CREATE FUNCTION pg_temp.unit_id(p_unit text) RETURNS bigint LANGUAGE sql AS $$
    SELECT id FROM larwm.unit WHERE identifier = p_unit
$$;
CREATE FUNCTION pg_temp.case_id(p_case text) RETURNS bigint LANGUAGE sql AS $$
    SELECT id FROM larwm.case_record WHERE reference = p_case
$$;
