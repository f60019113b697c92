-- Invented people, part of data.sql (which includes it inside its transaction).

INSERT INTO person (reference, name, born, telephone, language, needs) VALUES
    ('PER-DEMO-1', 'Mared Pryderi', '1988-04-12', '01632 960301', 'cy', ''),
    ('PER-DEMO-2', 'Bethan Tanglwys', '1994-09-30', '01632 960302', 'cy', ''),
    ('PER-DEMO-3', 'Ann Coldstream', '1979-01-05', '01632 960303', 'en', 'hard of hearing: text first'),
    ('PER-DEMO-4', 'Siân Brynmawr', '2001-11-23', '01632 960304', 'cy', ''),
    ('PER-DEMO-5', 'Grace Thistlewood', '1965-06-17', '01632 960305', 'en', 'walks with a frame'),
    ('PER-DEMO-6', 'Tomos Llwyngwril', '1990-02-28', '01632 960306', 'cy', ''),
    ('PER-DEMO-7', 'Priya Harrowgate', '1985-12-02', '01632 960307', 'en', 'interpreter: Gujarati'),
    ('PER-DEMO-8', 'Ffion Maesgwyn', '1997-07-07', '01632 960308', 'cy', ''),
    ('PER-DEMO-9', 'Helen Quarrystone', '1972-03-19', '01632 960309', 'en', ''),
    ('PER-DEMO-10', 'Owain Derlwyn', '1983-08-14', '01632 960310', 'en', 'stammer: give time'),
    ('PER-DEMO-11', 'Catrin Afallon', '1992-05-25', '01632 960311', 'cy', 'British Sign Language'),
    ('PER-DEMO-12', 'Josie Larkmoor', '1999-10-09', '01632 960312', 'en', '')
ON CONFLICT DO NOTHING;

INSERT INTO property (reference, address, town, postcode, latitude, longitude, confidential,
                      authority_id, tenure, access_notes)
SELECT v.reference, v.address, v.town, v.postcode, v.latitude, v.longitude, v.confidential, a.id,
       v.tenure, v.access_notes
  FROM (VALUES
    ('PRO-DEMO-1', '14 Heol y Gragen', 'Swansea', 'SA1 0ZZ', 51.6214, -3.9436, false, 'swansea', 'private_rented', 'back gate unlocked; panic button in rear bedroom, first floor'),
    ('PRO-DEMO-2', '3 Lôn y Wennol', 'Bangor', 'LL57 0ZZ', 53.2274, -4.1293, false, 'gwynedd', 'council', 'door on the left of the passage'),
    ('PRO-DEMO-3', '27 Quillet Row', 'Caernarfon', 'LL55 0ZZ', 53.1403, -4.2700, false, 'gwynedd', 'rsl', ''),
    ('PRO-DEMO-4', 'Flat 2, 14 Heol y Gragen', 'Swansea', 'SA1 0ZZ', 51.6214, -3.9436, false, 'swansea', 'private_rented', 'side door, second bell'),
    ('PRO-DEMO-5', '8 Marl Terrace', 'Llandudno', 'LL30 0ZZ', 53.3241, -3.8276, false, 'conwy', 'owner_occupied', 'ramp at the front; key safe by the gas meter'),
    ('PRO-DEMO-6', '61 Stryd yr Eos', 'Carmarthen', 'SA31 0ZZ', 51.8576, -4.3121, false, 'carmarthenshire', 'council', ''),
    ('PRO-DEMO-7', '5 Tinplate Close', 'Newport', 'NP20 0ZZ', 51.5842, -2.9977, false, 'newport', 'joint', 'alarmed rear door'),
    ('PRO-DEMO-8', '40 Rhodfa Onnen', 'Barry', 'CF62 0ZZ', 51.4051, -3.2835, false, 'vale', 'council', 'entry through the lane'),
    ('PRO-DEMO-9', 'Hafod Las, 19 Juniper Walk', 'Cardiff', 'CF10 0ZZ', 51.4816, -3.1791, true, 'cardiff', 'supported', 'ring the office, never the flat'),
    ('PRO-DEMO-10', '2 Slate Yard', 'Bethesda', 'LL57 1ZZ', 53.1806, -4.0588, false, 'gwynedd', 'rsl', 'two dogs next door'),
    ('PRO-DEMO-11', '33 Cae Mefus', 'Wrexham', 'LL13 0ZZ', 53.0466, -2.9938, false, 'wrexham', 'council', ''),
    ('PRO-DEMO-12', '7 Kiln Cottages', 'Ebbw Vale', 'NP23 0ZZ', 51.7772, -3.2078, false, 'blaenau-gwent', 'rsl', 'steps, no light'),
    ('PRO-DEMO-13', '11 Lamplighter Lane', 'Cardiff', 'CF11 0ZZ', 51.4712, -3.1903, false, 'cardiff', 'council', '')
  ) AS v (reference, address, town, postcode, latitude, longitude, confidential, authority,
          tenure, access_notes)
  JOIN authority a ON a.code = v.authority
ON CONFLICT DO NOTHING;

INSERT INTO case_record (reference, person_id, authority_id, lead_agency_id, coordinator, alias,
    status, closed_at, police_consent, wishes, wishes_at, safe_contact, may_call, may_text,
    may_speak, code_word, cover_story, safe_contact_reviewed_at, safety_plan,
    perpetrator_resident, perpetrator_resident_since, perpetrator_resident_source, perpetrator,
    marac_at, opened_at)
SELECT v.reference, p.id, a.id, ag.id, v.coordinator, v.alias, v.status,
       CASE v.status WHEN 'closed' THEN now() - interval '5 days' END, v.consent, v.wishes,
       now() - interval '60 days', v.safe_contact, v.may_call, v.may_text, v.may_speak,
       v.code_word, v.cover_story, now() - interval '30 days', v.safety_plan, v.resident,
       now() - interval '90 days', v.resident_source, v.perpetrator,
       CASE WHEN v.marac_days IS NOT NULL THEN now() - make_interval(days => v.marac_days) END,
       now() - interval '120 days'
  FROM (VALUES
    ('SW-2026-0001', 'PER-DEMO-1', 'swansea', 'cst-swansea', 'N. Coordinator', 'Kingfisher', 'open', 'yes', 'wants to stay in her home; police yes; do not speak through the alarm', 'text only, weekdays 09:00-15:00; never the landline', false, true, false, 'marmalade', 'library about an overdue book', 'children to number 16; bag under the stairs', 'no', 'police', 'Male, 38, tall, dark beard; silver van', 21),
    ('GW-2026-0001', 'PER-DEMO-2', 'gwynedd', 'idva-gwynedd', 'E. Coordinator', 'Swift', 'open', 'yes', 'police yes; mother may be told', 'call in Welsh, any time; answers as usual', true, true, false, 'gwenynen', 'dentist in Bangor', 'goes to her mother in the next street', 'no', 'IDVA', 'Male, 31, red motorcycle', 40),
    ('GW-2026-0002', 'PER-DEMO-3', 'gwynedd', 'idva-gwynedd', 'E. Coordinator', 'Heron', 'open', 'yes', 'police yes', 'text only', false, true, false, 'lantern', '', 'neighbour has a key', 'unknown', 'no contact since spring', 'Female, 45, fair', NULL),
    ('SW-2026-0002', 'PER-DEMO-4', 'swansea', 'cst-swansea', 'N. Coordinator', 'Wren', 'open', 'yes', 'own case: do not tell her mother', 'call her mobile only', true, false, false, 'tegeirian', 'college office', '', 'no', 'self', 'Male, 24', NULL),
    ('CY-2026-0001', 'PER-DEMO-5', 'conwy', 'hafan-conwy', 'R. Coordinator', 'Plover', 'open', 'yes', 'police yes; speak through the alarm', 'call at any hour', true, true, true, 'thimble', '', 'sits in the front room, door bolted', 'no', 'support worker', 'Male, 70, lives in the same town', NULL),
    ('CM-2026-0001', 'PER-DEMO-6', 'carmarthenshire', 'forum-carmarthenshire', 'D. Coordinator', 'Lapwing', 'open', 'not_recorded', '', 'do not call; text Tuesdays and Thursdays in the day', false, true, false, 'barrug', 'garage about the service', '', 'no', 'support worker', 'Male, 42, farm vehicle', 100),
    ('NE-2026-0001', 'PER-DEMO-7', 'newport', 'cst-newport', 'S. Coordinator', 'Dunnock', 'open', 'yes', 'stays; police yes, no sirens in the street', 'no contact while he is at home; worker visits at school', false, false, false, 'saffron', 'school office', 'leaves by the rear door to number 9', 'yes', 'self', 'Husband, 39, holds the tenancy with her', 14),
    ('VG-2026-0001', 'PER-DEMO-8', 'vale', 'aelwyd-cardiff', 'A. Coordinator', 'Curlew', 'open', 'yes', 'nobody may learn the new address', 'call her worker, not her', false, false, false, 'crochan', '', 'inside, door locked, waits', 'no', 'police', 'Male, 34, tattoo on the neck; knows the old address', 60),
    ('CF-2026-0001', 'PER-DEMO-9', 'cardiff', 'aelwyd-cardiff', 'A. Coordinator', 'Merlin', 'open', 'no', 'police only when she says so herself', 'call; she may hang up', true, false, false, 'compass', 'survey about buses', '', 'unknown', 'not asked since', 'Female, 50', NULL),
    ('GW-2026-0003', 'PER-DEMO-10', 'gwynedd', 'idva-gwynedd', 'E. Coordinator', 'Siskin', 'open', 'yes', 'police yes', 'call his brother first', false, true, false, 'granite', '', 'brother comes', 'no', 'police', 'Former partner, female, 37', NULL),
    ('WR-2026-0001', 'PER-DEMO-11', 'wrexham', NULL, 'P. Coordinator', 'Dipper', 'open', 'yes', 'police yes; text interpreter', 'text only, any time', false, true, false, 'helygen', '', 'turns the lights on and off', 'no', 'support worker', 'Male, 29, grey hatchback', 200),
    ('BG-2026-0001', 'PER-DEMO-12', 'blaenau-gwent', NULL, 'G. Coordinator', 'Linnet', 'closed', 'yes', 'police yes', 'call after 18:00', true, true, false, 'pebble', '', '', 'no', 'self', 'Male, 30', NULL)
  ) AS v (reference, person, authority, agency, coordinator, alias, status, consent, wishes,
          safe_contact, may_call, may_text, may_speak, code_word, cover_story, safety_plan,
          resident, resident_source, perpetrator, marac_days)
  JOIN person p ON p.reference = v.person
  JOIN authority a ON a.code = v.authority
  LEFT JOIN agency ag ON ag.code = v.agency
ON CONFLICT DO NOTHING;

-- Where they live. Curlew moved: her fixed unit is still at the old address.
INSERT INTO case_property (case_id, property_id, kind, during, confidential)
SELECT c.id, p.id, v.kind,
       tstzrange(now() - make_interval(days => v.from_days),
                 CASE WHEN v.to_days IS NOT NULL THEN now() - make_interval(days => v.to_days) END),
       v.confidential
  FROM (VALUES
    ('SW-2026-0001', 'PRO-DEMO-1', 'home', 900, NULL, false),
    ('GW-2026-0001', 'PRO-DEMO-2', 'home', 700, NULL, false),
    ('GW-2026-0002', 'PRO-DEMO-3', 'home', 400, NULL, false),
    ('SW-2026-0002', 'PRO-DEMO-4', 'home', 300, NULL, false),
    ('CY-2026-0001', 'PRO-DEMO-5', 'home', 4000, NULL, false),
    ('CM-2026-0001', 'PRO-DEMO-6', 'home', 800, NULL, false),
    ('NE-2026-0001', 'PRO-DEMO-7', 'home', 1500, NULL, false),
    ('VG-2026-0001', 'PRO-DEMO-8', 'home', 1200, 20, false),
    ('VG-2026-0001', 'PRO-DEMO-9', 'home', 20, NULL, true),
    ('CF-2026-0001', 'PRO-DEMO-13', 'home', 600, NULL, false),
    ('GW-2026-0003', 'PRO-DEMO-10', 'home', 600, NULL, false),
    ('WR-2026-0001', 'PRO-DEMO-11', 'home', 500, NULL, false),
    ('BG-2026-0001', 'PRO-DEMO-12', 'home', 500, NULL, false)
  ) AS v (case_reference, property, kind, from_days, to_days, confidential)
  JOIN case_record c ON c.reference = v.case_reference
  JOIN property p ON p.reference = v.property
 WHERE NOT EXISTS (SELECT FROM case_property x WHERE x.case_id = c.id AND x.property_id = p.id);

INSERT INTO case_risk (case_id, risk, assessed_at, assessed_by, basis)
SELECT c.id, v.risk, now() - make_interval(days => v.days), 'IDVA', 'demonstration'
  FROM (VALUES
    ('SW-2026-0001', 'medium', 110), ('SW-2026-0001', 'high', 21), ('GW-2026-0001', 'high', 40),
    ('GW-2026-0002', 'medium', 80), ('SW-2026-0002', 'medium', 50), ('CY-2026-0001', 'standard', 60),
    ('CM-2026-0001', 'high', 100), ('NE-2026-0001', 'very_high', 14), ('VG-2026-0001', 'high', 25),
    ('GW-2026-0003', 'standard', 90), ('WR-2026-0001', 'medium', 200)
  ) AS v (case_reference, risk, days)
  JOIN case_record c ON c.reference = v.case_reference
 WHERE NOT EXISTS (SELECT FROM case_risk r WHERE r.case_id = c.id AND r.risk = v.risk);

INSERT INTO case_hazard (case_id, text, audience, rank)
SELECT c.id, v.text, v.audience, v.rank
  FROM (VALUES
    ('SW-2026-0001', 'Perpetrator has threatened her with a knife', 'everyone', 1),
    ('SW-2026-0001', 'Back gate is left unlocked', 'others', 2),
    ('GW-2026-0001', 'Perpetrator follows her on a motorcycle', 'person', 1),
    ('CM-2026-0001', 'Legally held shotgun at the perpetrator''s farm', 'everyone', 1),
    ('NE-2026-0001', 'Perpetrator is likely to open the door', 'everyone', 1),
    ('NE-2026-0001', 'Large dog, set on visitors before', 'others', 2),
    ('WR-2026-0001', 'Has tried to set fire to the letterbox', 'everyone', 1)
  ) AS v (case_reference, text, audience, rank)
  JOIN case_record c ON c.reference = v.case_reference
 WHERE NOT EXISTS (SELECT FROM case_hazard h WHERE h.case_id = c.id AND h.text = v.text);

INSERT INTO household_member (case_id, description, born, child)
SELECT c.id, v.description, v.born::date, v.child
  FROM (VALUES
    ('SW-2026-0001', 'girl', '2021-06-02', true), ('SW-2026-0001', 'boy', '2018-03-15', true),
    ('GW-2026-0001', 'girl', '2023-01-20', true), ('NE-2026-0001', 'boy', '2014-11-11', true),
    ('NE-2026-0001', 'mother-in-law, bed-bound', NULL, false),
    ('WR-2026-0001', 'boy', '2022-09-09', true)
  ) AS v (case_reference, description, born, child)
  JOIN case_record c ON c.reference = v.case_reference
 WHERE NOT EXISTS (SELECT FROM household_member h
                    WHERE h.case_id = c.id AND h.description = v.description);

INSERT INTO court_order (case_id, kind, court, during, terms)
SELECT c.id, v.kind, v.court, tstzrange(now() - interval '40 days', now() + v.ends), v.terms
  FROM (VALUES
    ('SW-2026-0001', 'Non-molestation order', 'Swansea', interval '200 days', 'not within 100 m of the home'),
    ('GW-2026-0001', 'Restraining order', 'Caernarfon', interval '1 year', 'no contact')
  ) AS v (case_reference, kind, court, ends, terms)
  JOIN case_record c ON c.reference = v.case_reference
 WHERE NOT EXISTS (SELECT FROM court_order o WHERE o.case_id = c.id AND o.kind = v.kind);

-- Markers: active for Kingfisher, Swift, Dunnock, Dipper, the old home of Curlew and Lapwing's
-- (open-ended); lapsed for Heron and Merlin; withdrawn for Plover; none for Wren, Siskin, Linnet.
INSERT INTO marker (property_id, force_id, case_id, reference, kind, text, requested_by, set_by,
                    valid_from, valid_to, review_by, withdrawn_at, withdrawn_reason)
SELECT p.id, au.force_id, c.id, v.reference, v.kind, v.text, 'IDVA', 'Domestic Abuse Unit',
       now() - make_interval(days => v.from_days),
       CASE WHEN v.to_days IS NOT NULL THEN now() + make_interval(days => v.to_days) END,
       now() + make_interval(days => v.review_days),
       CASE WHEN v.withdrawn IS NOT NULL THEN now() - interval '9 days' END, v.withdrawn
  FROM (VALUES
    ('SW-2026-0001', 'PRO-DEMO-1', 'M-SWP-1001', 'panic alarm', 'Immediate response: history of violence', 30, 150, 60, NULL),
    ('GW-2026-0001', 'PRO-DEMO-2', 'M-NWP-2001', 'panic alarm', 'Treat as urgent', 60, 120, 30, NULL),
    ('GW-2026-0002', 'PRO-DEMO-3', 'M-NWP-2002', 'panic alarm', 'Treat as urgent', 200, -12, -100, NULL),
    ('CY-2026-0001', 'PRO-DEMO-5', 'M-NWP-2003', 'panic alarm', 'Treat as urgent', 100, 80, 10, 'risk fell; agreed with the person'),
    ('CM-2026-0001', 'PRO-DEMO-6', 'M-DPP-3001', 'firearms', 'Weapons in the family: armed response to be considered', 90, NULL, 90, NULL),
    ('NE-2026-0001', 'PRO-DEMO-7', 'M-GWP-4001', 'panic alarm', 'Perpetrator lives there: silent approach', 12, 170, 80, NULL),
    ('VG-2026-0001', 'PRO-DEMO-8', 'M-SWP-1002', 'panic alarm', 'Immediate response', 100, 60, 10, NULL),
    ('CF-2026-0001', 'PRO-DEMO-13', 'M-SWP-1003', 'panic alarm', 'Treat as urgent', 300, -100, -150, NULL),
    ('WR-2026-0001', 'PRO-DEMO-11', 'M-NWP-2004', 'panic alarm', 'Arson threat: inform fire service', 45, 135, 45, NULL)
  ) AS v (case_reference, property, reference, kind, text, from_days, to_days, review_days,
          withdrawn)
  JOIN case_record c ON c.reference = v.case_reference
  JOIN property p ON p.reference = v.property
  JOIN authority au ON au.id = p.authority_id
ON CONFLICT DO NOTHING;

-- Who holds what. Only units nobody has held yet, so that loading again moves nothing.
CREATE TEMPORARY TABLE demo_allocation ON COMMIT DROP AS
SELECT u.id AS unit_id, c.id AS case_id, v.days, v.status, p.id AS fitted
  FROM (VALUES
    ('SKY-101', 'SW-2026-0001', 20, 'in_service', NULL), ('SKY-102', 'GW-2026-0001', 38, 'in_service', NULL),
    ('SKY-103', 'GW-2026-0002', 70, 'in_service', NULL), ('SKY-104', 'SW-2026-0002', 45, 'in_service', NULL),
    ('SKY-105', 'CY-2026-0001', 55, 'in_service', NULL), ('SKY-106', 'CM-2026-0001', 95, 'in_service', NULL),
    ('SKY-107', 'NE-2026-0001', 12, 'in_service', NULL), ('SKY-108', 'VG-2026-0001', 24, 'in_service', NULL),
    ('SKY-109', 'CF-2026-0001', 110, 'in_service', NULL), ('SKY-110', 'GW-2026-0003', 85, 'faulty_in_service', NULL),
    ('SKY-111', 'WR-2026-0001', 44, 'in_service', NULL), ('SKY-112', 'BG-2026-0001', 100, 'in_service', NULL),
    ('SKY-113', 'GW-2026-0003', 2, 'leased_untested', NULL), ('SKY-114', 'GW-2026-0002', 60, 'lost', NULL),
    ('SKY-115', 'WR-2026-0001', 90, 'stolen', NULL),
    ('HUB-201', 'SW-2026-0001', 20, 'in_service', 'PRO-DEMO-1'), ('HUB-202', 'SW-2026-0002', 44, 'in_service', 'PRO-DEMO-4'),
    ('HUB-203', 'VG-2026-0001', 100, 'in_service', 'PRO-DEMO-8'), ('HUB-204', 'NE-2026-0001', 11, 'in_service', 'PRO-DEMO-7'),
    ('GPS-301', 'CF-2026-0001', 15, 'in_service', NULL),
    ('PAN-1111', 'CY-2026-0001', 55, 'in_service', 'PRO-DEMO-5'), ('PAN-A10001', 'SW-2026-0001', 20, 'in_service', 'PRO-DEMO-1'),
    ('PAN-A10002', 'CM-2026-0001', 90, 'in_service', 'PRO-DEMO-6'), ('PAN-A10003', 'WR-2026-0001', 40, 'in_service', 'PRO-DEMO-11')
  ) AS v (unit, case_reference, days, status, property)
  JOIN unit u ON u.identifier = v.unit
  JOIN case_record c ON c.reference = v.case_reference
  LEFT JOIN property p ON p.reference = v.property
 WHERE NOT EXISTS (SELECT FROM allocation a WHERE a.unit_id = u.id);

INSERT INTO allocation (unit_id, case_id, during, lessor, authorisation, risk_at_lease)
SELECT d.unit_id, d.case_id, tstzrange(now() - make_interval(days => d.days), NULL),
       'demonstration', 'MARAC-DEMO', 'high'
  FROM demo_allocation d;
-- SKY-102 was held by Heron before Swift: a press dated then must not show either name.
INSERT INTO allocation (unit_id, case_id, during, lessor, end_reason)
SELECT d.unit_id, c.id, tstzrange(now() - interval '100 days', now() - interval '41 days'),
       'demonstration', 'returned'
  FROM demo_allocation d JOIN unit u ON u.id = d.unit_id AND u.identifier = 'SKY-102'
  JOIN case_record c ON c.reference = 'GW-2026-0002';
-- SKY-116 came back and waits for its test; SKY-117..120 lie in store.
INSERT INTO allocation (unit_id, case_id, during, lessor, end_reason)
SELECT u.id, c.id, tstzrange(now() - interval '90 days', now() - interval '3 days'),
       'demonstration', 'returned'
  FROM unit u JOIN case_record c ON c.reference = 'GW-2026-0003'
 WHERE u.identifier = 'SKY-116' AND NOT EXISTS (SELECT FROM allocation a WHERE a.unit_id = u.id);
UPDATE unit u SET status = d.status, fitted_property_id = d.fitted,
                  status_since = now() - make_interval(days => d.days)
  FROM demo_allocation d WHERE d.unit_id = u.id;
UPDATE unit SET status = 'quarantine', status_since = now() - interval '3 days'
 WHERE identifier = 'SKY-116' AND status = 'in_store'
   AND NOT EXISTS (SELECT FROM unit_event e WHERE e.unit_id = unit.id);
UPDATE unit SET status = 'retired', status_since = now() - interval '30 days'
 WHERE identifier = 'GPS-302' AND status = 'in_store'
   AND NOT EXISTS (SELECT FROM unit_event e WHERE e.unit_id = unit.id);
