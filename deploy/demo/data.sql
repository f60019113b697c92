-- Demonstration data. Every person, address, telephone number and reference is invented; numbers
-- are from the range kept for fiction (01632 960xxx). Authorities and their scheme rules are
-- configuration taken from public documents; "(inf)" marks an inference.
--
-- Loading it again changes nothing that is there. Dates of markers and allocations count from the
-- day it is first loaded. Credentials and console users are not here: the set-up makes keys and
-- hashes of its own and adds them with larwm.credential_add() and larwm.user_add().
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL ROLE larwm_owner;
SET LOCAL search_path = larwm;

-- Police forces: the four of Wales, and Cheshire for units that roam across the border.
INSERT INTO force (code, name, telephone) VALUES
    ('north-wales', 'North Wales Police', '01632 960101'),
    ('dyfed-powys', 'Dyfed-Powys Police', '01632 960102'),
    ('south-wales', 'South Wales Police', '01632 960103'),
    ('gwent', 'Gwent Police', '01632 960104'),
    ('cheshire', 'Cheshire Constabulary', '01632 960105')
ON CONFLICT DO NOTHING;

-- The 22 authorities.
INSERT INTO authority (code, name, name_cy, case_prefix, force_id)
SELECT v.code, v.name, v.name_cy, v.prefix, f.id
  FROM (VALUES
    ('anglesey', 'Isle of Anglesey', 'Ynys Môn', 'YM', 'north-wales'),
    ('blaenau-gwent', 'Blaenau Gwent', 'Blaenau Gwent', 'BG', 'gwent'),
    ('bridgend', 'Bridgend', 'Pen-y-bont ar Ogwr', 'BR', 'south-wales'),
    ('caerphilly', 'Caerphilly', 'Caerffili', 'CP', 'gwent'),
    ('cardiff', 'Cardiff', 'Caerdydd', 'CF', 'south-wales'),
    ('carmarthenshire', 'Carmarthenshire', 'Sir Gaerfyrddin', 'CM', 'dyfed-powys'),
    ('ceredigion', 'Ceredigion', 'Ceredigion', 'CE', 'dyfed-powys'),
    ('conwy', 'Conwy', 'Conwy', 'CY', 'north-wales'),
    ('denbighshire', 'Denbighshire', 'Sir Ddinbych', 'DB', 'north-wales'),
    ('flintshire', 'Flintshire', 'Sir y Fflint', 'FL', 'north-wales'),
    ('gwynedd', 'Gwynedd', 'Gwynedd', 'GW', 'north-wales'),
    ('merthyr-tydfil', 'Merthyr Tydfil', 'Merthyr Tudful', 'MT', 'south-wales'),
    ('monmouthshire', 'Monmouthshire', 'Sir Fynwy', 'MO', 'gwent'),
    ('neath-port-talbot', 'Neath Port Talbot', 'Castell-nedd Port Talbot', 'NP', 'south-wales'),
    ('newport', 'Newport', 'Casnewydd', 'NE', 'gwent'),
    ('pembrokeshire', 'Pembrokeshire', 'Sir Benfro', 'PB', 'dyfed-powys'),
    ('powys', 'Powys', 'Powys', 'PO', 'dyfed-powys'),
    ('rct', 'Rhondda Cynon Taf', 'Rhondda Cynon Taf', 'RC', 'south-wales'),
    ('swansea', 'Swansea', 'Abertawe', 'SW', 'south-wales'),
    ('torfaen', 'Torfaen', 'Torfaen', 'TO', 'gwent'),
    ('vale', 'Vale of Glamorgan', 'Bro Morgannwg', 'VG', 'south-wales'),
    ('wrexham', 'Wrexham', 'Wrecsam', 'WR', 'north-wales')
  ) AS v (code, name, name_cy, prefix, force)
  JOIN force f ON f.code = v.force
ON CONFLICT DO NOTHING;

-- One scheme per authority, Conwy and Denbighshire jointly. Empty or null: the source is silent.
INSERT INTO scheme (code, name, active, intake, tenures_note, fitter_note, payer_note, clock_note,
                    alarm_note, self_referral, must_have_support, police_only, marac_required,
                    resident_excluded, assess_first, source)
VALUES
    ('anglesey', 'Anglesey', true, 'IDVA, PPU (inf)', 'all, by risk', '', 'some CSP',
     '3 days; immediately or within 3 days (inf)', 'personal units; coordinator with Gwynedd',
     false, false, false, false, false, false, 'W252'),
    ('blaenau-gwent', 'Blaenau Gwent', true, 'Community Safety Team', 'all but private rented',
     'Care & Repair', 'authority fund, WG', 'Gold 24 h, Silver 4 days, Bronze 1 week',
     'suite of options', NULL, false, false, false, false, false, 'W253'),
    ('bridgend', 'Bridgend', true, 'moving to a provider; coordinator now (inf)',
     'private and owner; RSLs own', 'Care & Repair assess and fit', 'CSP',
     'same day if possible (inf)', 'perpetrator-not-resident rule; late-Friday interim measures',
     true, false, false, false, true, false, 'W254, W365 (inf)'),
    ('caerphilly', 'Caerphilly', true, 'Community Safety Team', 'all (inf)', 'Care & Repair',
     'ad hoc PCC, WG', '1 week, not emergency', 'Bronze, Silver, Gold packages; cameras (inf)',
     NULL, false, false, false, false, false, 'W257'),
    ('cardiff', 'Cardiff', true, 'to become MASH single access', 'council, private, owner; 3 RSLs own',
     'DLO or Community Alarms (inf)', '', '5 days; 1-3 urgent, 3-5 less (inf)',
     'Community Alarm link considered (inf)', NULL, false, false, false, false, true, 'W258'),
    ('carmarthenshire', 'Carmarthenshire', true, 'DA Forum; each provider allocates',
     'mobile only', 'none', 'WG capital (inf)', 'no formal time (inf)',
     '31 personal units for 3 years (inf)', NULL, false, false, false, false, false, 'W259'),
    ('ceredigion', 'Ceredigion', true, 'police; MARAC need', 'all', 'police, local contractors',
     'case by case', 'as soon as possible, safe place meanwhile', 'handsets, personal units (inf)',
     NULL, false, false, true, false, false, 'W262'),
    ('conwy-denbighshire', 'Safer Homes', true, 'coordinator', 'all', 'own fitter, checked', 'PCC',
     'generally 24 h', 'joint scheme', NULL, false, false, false, false, false, 'W263, W264'),
    ('flintshire', 'Flintshire', true, 'neighbourhood wardens', 'all', 'wardens',
     'authority housing, Public Protection', '8 h, same day if possible',
     'police GPS alarms (inf)', true, false, false, false, false, false, 'W265'),
    ('gwynedd', 'Gwynedd', true, 'MARAC; Care & Repair, PVPU', 'mainly council', 'Care & Repair',
     'PCC via CSP', 'emergency 24-48 h, else 7 days or agreed (inf)',
     'pool of 20 personal units (inf)', NULL, false, false, true, false, false, 'W266-W269'),
    ('merthyr-tydfil', 'Merthyr Tydfil', true, 'none', 'RSL own tenants', 'in-house', 'RSL',
     'urgent; 48 h to 5 days (weak inf)', 'to join the RCT route', NULL, false, false, false,
     false, false, 'W270'),
    ('monmouthshire', 'Monmouthshire', false, 'no service', '', '', '', '', 'plan as Torfaen',
     NULL, false, false, false, false, false, 'W271'),
    ('neath-port-talbot', 'Feel safe', true, 'Community Safety Team', 'all',
     'Care & Repair, contractor', 'Crime Prevention Partnership', '', 'any agency refers', NULL,
     false, false, false, false, false, 'W272'),
    ('newport', 'Newport', true, 'DA unit, Information Station', 'all by split',
     'Care & Repair (owner, private), RSL own', 'WG grant; landlord fits', 'time agreed (inf)',
     'alarmed wedges (inf)', NULL, false, false, false, false, false, 'W273'),
    ('pembrokeshire', 'Pembrokeshire', true, 'police, victims of crime', '', '', '', '', '',
     NULL, false, true, false, false, false, 'W276'),
    ('powys', 'Powys', false, 'none; refer to police or fire', '', '', '', '', 'under review',
     NULL, false, false, false, false, false, 'W277'),
    ('rct', 'Oasis Centre', true, 'one stop shop', 'all, owner''s permission', 'Care & Repair',
     'CSP, transitional', 'urgent; varies (inf)', '', NULL, false, false, false, false, false,
     'W278'),
    ('swansea', 'Swansea', true, 'support service; police DAU by secure e-mail (inf)', 'all',
     'authority for council, owner, private; RSL own (inf)', 'landlord; Supporting People',
     '24 h, out of hours on request (inf)', 'panic alarm and marker (inf)', NULL, false, false,
     false, false, true, 'W279-W281'),
    ('torfaen', 'Torfaen', true, 'none; plans single access', 'RSL own', 'RSL', '', '', '', NULL,
     false, false, false, false, false, 'W282'),
    ('vale', 'Vale of Glamorgan', true, 'Community Safety Team, coordinator',
     'all; private owner''s letter (inf)', 'in-house', 'authority (inf)',
     'Urgent 48 h, Priority 72 h, Standard 96 h (inf)', 'after-interview', NULL, true, false,
     false, false, false, 'W283'),
    ('wrexham', 'Wrexham', true, 'PIPs team with coordinator', 'not private rented, not joint',
     'Care & Repair, then Fire & Rescue', 'PCC, runs out', 'generally 48 h',
     'referred to a specialist service', NULL, false, false, false, false, false, 'W284-W286')
ON CONFLICT DO NOTHING;

INSERT INTO scheme_authority (scheme_id, authority_id)
SELECT s.id, a.id FROM scheme s
  JOIN authority a ON a.code = s.code
                   OR (s.code = 'conwy-denbighshire' AND a.code IN ('conwy', 'denbighshire'))
ON CONFLICT DO NOTHING;

INSERT INTO scheme_clock (scheme_id, level, amount, unit)
SELECT s.id, v.level, v.amount, v.unit
  FROM (VALUES
    ('anglesey', 'standard', 3, 'calendar_days'), ('blaenau-gwent', 'gold', 24, 'hours'),
    ('blaenau-gwent', 'silver', 4, 'calendar_days'), ('blaenau-gwent', 'bronze', 7, 'calendar_days'),
    ('caerphilly', 'standard', 7, 'calendar_days'), ('cardiff', 'standard', 5, 'calendar_days'),
    ('cardiff', 'urgent', 3, 'calendar_days'), ('conwy-denbighshire', 'standard', 24, 'hours'),
    ('flintshire', 'standard', 8, 'hours'), ('gwynedd', 'emergency', 48, 'hours'),
    ('gwynedd', 'standard', 7, 'calendar_days'), ('swansea', 'standard', 24, 'hours'),
    ('vale', 'urgent', 48, 'hours'), ('vale', 'priority', 72, 'hours'),
    ('vale', 'standard', 96, 'hours'), ('wrexham', 'standard', 48, 'hours')
  ) AS v (scheme, level, amount, unit)
  JOIN scheme s ON s.code = v.scheme
 WHERE NOT EXISTS (SELECT FROM scheme_clock c WHERE c.scheme_id = s.id AND c.level = v.level);

INSERT INTO scheme_tenure (scheme_id, tenure, eligible, supplier, fitter, payer_kind)
SELECT s.id, v.tenure, v.eligible, v.supplier, v.fitter, v.payer
  FROM (VALUES
    ('swansea', 'council', true, 'authority', 'authority', 'landlord'),
    ('swansea', 'rsl', true, 'RSL', 'RSL', 'landlord'),
    ('swansea', 'owner_occupied', true, 'authority', 'authority', 'supporting_people'),
    ('swansea', 'private_rented', true, 'authority', 'authority', 'supporting_people'),
    ('blaenau-gwent', 'private_rented', false, '', '', 'unknown'),
    ('wrexham', 'private_rented', false, '', '', 'unknown'),
    ('wrexham', 'joint', false, '', '', 'unknown'),
    ('bridgend', 'rsl', false, 'RSL', 'RSL', 'rsl'),
    ('vale', 'private_rented', true, 'authority', 'authority', 'authority')
  ) AS v (scheme, tenure, eligible, supplier, fitter, payer)
  JOIN scheme s ON s.code = v.scheme
ON CONFLICT DO NOTHING;

INSERT INTO agency (code, name, kind, authority_id, force_id, telephone, out_of_hours)
SELECT v.code, v.name, v.kind, a.id, f.id, v.telephone, v.out_of_hours
  FROM (VALUES
    ('dau-north-wales', 'Domestic Abuse Unit, North Wales', 'police_dau', NULL, 'north-wales', '01632 960201', '01632 960101'),
    ('dau-dyfed-powys', 'Domestic Abuse Unit, Dyfed-Powys', 'police_dau', NULL, 'dyfed-powys', '01632 960202', '01632 960102'),
    ('dau-south-wales', 'Domestic Abuse Unit, South Wales', 'police_dau', NULL, 'south-wales', '01632 960203', '01632 960103'),
    ('dau-gwent', 'Domestic Abuse Unit, Gwent', 'police_dau', NULL, 'gwent', '01632 960204', '01632 960104'),
    ('idva-gwynedd', 'Gwynedd IDVA Service', 'idva', 'gwynedd', NULL, '01632 960211', ''),
    ('cst-gwynedd', 'Gwynedd Community Safety Team', 'local_authority', 'gwynedd', NULL, '01632 960212', ''),
    ('hafan-conwy', 'Hafan Conwy Outreach', 'support', 'conwy', NULL, '01632 960213', '01632 960299'),
    ('cst-swansea', 'Swansea Community Safety Team', 'local_authority', 'swansea', NULL, '01632 960214', ''),
    ('aelwyd-cardiff', 'Aelwyd Support Cardiff', 'support', 'cardiff', NULL, '01632 960215', ''),
    ('forum-carmarthenshire', 'Carmarthenshire DA Forum', 'support', 'carmarthenshire', NULL, '01632 960216', ''),
    ('cst-newport', 'Newport DA Unit', 'local_authority', 'newport', NULL, '01632 960217', ''),
    ('monitor-supply', 'Cloch Alarms (supplier)', 'supplier', NULL, NULL, '01632 960221', '')
  ) AS v (code, name, kind, authority, force, telephone, out_of_hours)
  LEFT JOIN authority a ON a.code = v.authority
  LEFT JOIN force f ON f.code = v.force
ON CONFLICT DO NOTHING;
INSERT INTO agency_alias (alias, agency_id)
SELECT v.alias, a.id FROM (VALUES ('PVPU North Wales', 'dau-north-wales'),
                                  ('PVPV North Wales', 'dau-north-wales'),
                                  ('PPU Swansea', 'dau-south-wales')) AS v (alias, code)
  JOIN agency a ON a.code = v.code
ON CONFLICT DO NOTHING;

INSERT INTO unit_model (code, name, kind, monitored, mobile, capabilities, heartbeat_interval_s,
                        leaves_damage) VALUES
    ('sky-pendant', 'Skyguard-type personal pendant', 'personal', true, true,
     '{panic,gnss,fall,battery}', 900, false),
    ('gps-handset', 'GPS alarm handset', 'handset', true, true,
     '{panic,gnss,voice,battery}', 900, false),
    ('home-hub', 'Home panic hub', 'hub', true, false, '{panic,zones,tamper,battery}', 300, false),
    ('dc09-panel', 'DC-09 alarm panel', 'panel', true, false,
     '{panic,duress,intrusion,zones,tamper}', 300, true),
    ('attack-sounder', 'Stand-alone attack alarm', 'sounder', false, true, '{}', 0, false),
    ('door-wedge', 'Alarmed door wedge', 'sounder', false, true, '{}', 0, false)
ON CONFLICT DO NOTHING;

INSERT INTO measure_kind (code, name, fixed, leaves_damage, interim) VALUES
    ('door_brace', 'Door brace', false, false, true),
    ('attack_alarm', 'Personal attack alarm', false, false, true),
    ('window_lock', 'Window lock', true, true, false),
    ('door_chain', 'Door chain', true, true, false),
    ('letterbox', 'Fire-proof letterbox', true, true, false),
    ('security_light', 'Security light', true, true, false)
ON CONFLICT DO NOTHING;

INSERT INTO contract (reference, supplier_id, units, price_pence, during, covers)
SELECT 'CON-DEMO-1', id, 31, 950000, tstzrange(now() - interval '1 year', now() + interval '2 years'),
       'monitoring, roaming SIM, replacement of faulty units'
  FROM agency WHERE code = 'monitor-supply'
ON CONFLICT DO NOTHING;

INSERT INTO pool (code, name, scheme_id, agency_id)
SELECT v.code, v.name, s.id, a.id
  FROM (VALUES ('gwynedd-personal', 'Gwynedd personal units', 'gwynedd', 'cst-gwynedd'),
               ('homes', 'Home hubs and panels', 'swansea', 'cst-swansea')
       ) AS v (code, name, scheme, agency)
  JOIN scheme s ON s.code = v.scheme JOIN agency a ON a.code = v.agency
ON CONFLICT DO NOTHING;

-- Units: SKY-101..120, HUB-201..206, GPS-301..302, the panels, two sounders.
INSERT INTO unit (identifier, model_id, owner_agency_id, pool_id, contract_id, network, iccid,
                  status, status_since)
SELECT v.identifier, m.id, a.id, p.id, c.id, v.network, v.iccid, 'in_store',
       now() - interval '200 days'
  FROM (SELECT 'SKY-' || n AS identifier, 'sky-pendant' AS model, 'gwynedd-personal' AS pool,
               CASE WHEN n % 3 = 0 THEN 'roam-b' ELSE 'roam-a' END AS network,
               '8944000000000000' || n AS iccid, 'CON-DEMO-1' AS contract
          FROM generate_series(101, 120) n
        UNION ALL SELECT 'HUB-' || n, 'home-hub', 'homes', 'broadband', '', NULL
          FROM generate_series(201, 206) n
        UNION ALL SELECT 'GPS-' || n, 'gps-handset', NULL, 'roam-a', '8944000000000000' || n, NULL
          FROM generate_series(301, 302) n
        UNION ALL SELECT 'PAN-' || x, 'dc09-panel', 'homes', 'broadband', '', NULL
          FROM unnest(ARRAY['1111', 'A10001', 'A10002', 'A10003']) x
        UNION ALL SELECT 'SND-' || n, 'attack-sounder', NULL, '', '', NULL
          FROM generate_series(401, 402) n) v
  JOIN unit_model m ON m.code = v.model
  JOIN agency a ON a.code = CASE WHEN v.model = 'gps-handset' THEN 'dau-south-wales'
                                 WHEN v.pool = 'homes' THEN 'cst-swansea'
                                 ELSE 'cst-gwynedd' END
  LEFT JOIN pool p ON p.code = v.pool
  LEFT JOIN contract c ON c.reference = v.contract
ON CONFLICT DO NOTHING;

\ir people.sql

-- One panel with two paths under one account: broadband each 85 s, mobile radio ([J2]) each 890 s.
INSERT INTO unit_path (unit_id, path, interval_s)
SELECT u.id, v.path, v.interval_s
  FROM (VALUES ('main', 85), ('backup', 890)) AS v (path, interval_s)
  JOIN unit u ON u.identifier = 'PAN-A10003'
ON CONFLICT DO NOTHING;

COMMIT;
