/** Invented incidents, in the JSON the gateway relays. */

/** @param {number} secondsAgo */
export function ago(secondsAgo) {
    return String(Math.round((Date.now() - secondsAgo * 1000) * 1000));
}

const FORCE = { code: 'southwales', name: 'South Wales Police', telephone: '01632 960123' };
const DAY = 86400;

export function sampleCase(changes = {}) {
    return {
        id: '17',
        reference: 'SW-2026-0017',
        category: 'domestic abuse',
        open: true,
        risk: 'RISK_HIGH',
        riskAssessedUs: ago(30 * DAY),
        personName: 'Mared Esiampl',
        alias: 'Robin 17',
        born: '1989-04-12',
        telephone: '07700 900123',
        language: 'cy',
        needs: 'Hard of hearing in the left ear; speak slowly.',
        safeContact: 'Text only, Tuesday and Thursday 10:00 to 14:00. Never ring the landline.',
        mayText: true,
        codeWord: 'bluebell',
        coverStory: 'Optician about a late appointment',
        hazards: ['Knife used in March', 'Large dog, not tied'],
        perpetratorResident: 'RESIDENCE_NO',
        perpetrator: 'Male, 40, 1.85 m, beard; grey van, index ending 7XA (invented)',
        household: ['girl, 4', 'boy, 9'],
        policeConsent: 'CONSENT_YES',
        wishes: 'Wants police. No speak-back. Stays in her home.',
        safetyPlan: 'Goes to the back bedroom, locks it. Back gate is left unlocked.',
        maracUs: ago(21 * DAY),
        orders: 'Non-molestation order until 12 Jan 2027',
        safeContactReviewedUs: ago(14 * DAY),
        ...changes,
    };
}

export function sampleMarker(changes = {}) {
    return {
        status: 'MARKER_ACTIVE',
        reference: 'SWP-DA-5521',
        kind: 'Domestic abuse, immediate response',
        text: 'High risk. Treat every activation as an emergency.',
        validFromUs: ago(60 * DAY),
        validToUs: ago(-120 * DAY),
        reviewUs: ago(-30 * DAY),
        force: 'South Wales Police',
        ...changes,
    };
}

export function sampleCard(changes = {}) {
    return {
        status: 'RESOLVE_CHECKED',
        checkedUs: ago(4),
        unit: 'SKY-101',
        unitModel: 'Skyline personal alarm',
        unitStatus: 'UNIT_IN_SERVICE',
        unitMobile: true,
        allocation: '44',
        silent: true,
        caseCard: sampleCase(),
        place: {
            property: '9',
            address: '12 Rhes Ddychmygol',
            town: 'Swansea',
            postcode: 'SA99 1ZZ',
            accessNotes: 'Back gate unlocked. Key safe by the meter.',
            latitude: 51.6204,
            longitude: -3.9436,
            authority: 'Swansea',
        },
        marker: sampleMarker(),
        force: FORCE,
        ...changes,
    };
}

export const MESSAGE = [
    'PERSONAL ATTACK ALARM, silent. Incident 1-123.',
    'Mared Esiampl, 12 Rhes Ddychmygol, Swansea, SA99 1ZZ.',
    'Marker SWP-DA-5521, ACTIVE. Hazards: knife used in March; large dog, not tied.',
    'Two children, 4 and 9. Position 51.62061, -3.94310, within 12 m, 9 s old.',
    'Do not ring the address.',
].join('\n');

/** @param {Record<string, any>} changes */
export function sampleIncident(changes = {}) {
    const id = changes.id ?? '281474976710779';
    return {
        id,
        reference: '1-123',
        epoch: 1,
        state: 'INCIDENT_OPEN',
        priority: 'PRIORITY_P1',
        risk: 'RISK_HIGH',
        kind: 'SIGNAL_PANIC',
        openedUs: ago(6),
        lastSignalUs: ago(3),
        signalCount: 1,
        pressCount: 1,
        repeatCount: 3,
        badges: ['BADGE_AWAY_FROM_HOME'],
        signals: [
            {
                position: '900',
                kind: 'SIGNAL_PANIC',
                unit: 'SKY-101',
                receivedUs: ago(6),
                deviceTimeUs: ago(7),
                repeats: 3,
                lastRepeatUs: ago(3),
                batteryPercent: 71,
                sequence: '41',
            },
        ],
        card: sampleCard(),
        position: {
            position: {
                source: 'POSITION_GNSS',
                latitude: 51.62061,
                longitude: -3.9431,
                accuracyM: 12,
                fixTimeUs: ago(9),
            },
            receivedUs: ago(6),
            distanceHomeM: 340,
        },
        alert: 'ALERT_QUEUE',
        dueUs: ago(-14),
        dueFromUs: ago(6),
        dueKind: 'TIMER_UNCLAIMED_ALL',
        escalation: {
            messageId: `larwm-${id}`,
            force: FORCE,
            message: MESSAGE,
        },
        history: [
            { position: '900', timeUs: ago(6), kind: 'HISTORY_OPENED' },
            { position: '900', timeUs: ago(6), kind: 'HISTORY_SIGNAL', text: 'SKY-101' },
            { position: '901', timeUs: ago(5), kind: 'HISTORY_RESOLVED' },
        ],
        receiptSilent: true,
        rank: 1000,
        ...changes,
    };
}

/** A full night: several priorities, holders and states. */
export function sampleNight() {
    const lapsed = sampleMarker({ status: 'MARKER_LAPSED', validToUs: ago(3 * DAY) });
    return [
        sampleIncident({
            id: '2001',
            reference: '1-124',
            openedUs: ago(95),
            owner: 'branwen',
            state: 'INCIDENT_CLAIMED',
            rank: 1001,
            kind: 'SIGNAL_DURESS',
            card: sampleCard({
                marker: lapsed,
                caseCard: sampleCase({ alias: 'Heron 3', id: '3' }),
            }),
            escalation: { state: 'ESCALATION_ACCEPTED', force: FORCE, logNumber: '0412' },
            dueUs: '0',
        }),
        sampleIncident({
            id: '2002',
            reference: '1-120',
            priority: 'PRIORITY_P2',
            kind: 'SIGNAL_INTRUSION',
            openedUs: ago(240),
            signalCount: 4,
            rank: 2000,
            card: sampleCard({ caseCard: sampleCase({ alias: 'Wren 8', id: '8' }) }),
            dueUs: ago(-60),
            dueFromUs: ago(240),
        }),
        sampleIncident({
            id: '2003',
            reference: '1-118',
            priority: 'PRIORITY_P3',
            kind: 'SIGNAL_UNIT_LOST',
            openedUs: ago(1900),
            rank: 3000,
            receiptSilent: false,
            card: sampleCard({
                caseCard: sampleCase({ alias: 'Finch 21', id: '21' }),
                silent: false,
            }),
            dueUs: '0',
        }),
        sampleIncident({
            id: '2004',
            reference: '1-101',
            priority: 'PRIORITY_P4',
            kind: 'SIGNAL_LOW_BATTERY',
            openedUs: ago(8000),
            rank: 4000,
            dueUs: '0',
            card: sampleCard({ caseCard: sampleCase({ alias: 'Lark 5', id: '5' }) }),
        }),
    ];
}

export function sampleStatus(changes = {}) {
    return {
        databaseUp: true,
        schemaOk: true,
        journalOk: true,
        journalPosition: '9000',
        recordedPosition: '9000',
        unitsConnected: 1204,
        unitsLost: 3,
        operatorsOnDuty: 2,
        policeGatewayUp: true,
        ...changes,
    };
}
