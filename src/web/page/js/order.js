/**
 * The order of the queue and the counters over it. The centre decides the rank (priority, then
 * risk, then age: proto/console.proto, Incident.rank); the page only sorts by it.
 *
 * @typedef {import('./types.js').Incident} Incident
 */

/** Rows drawn; the rest is a count (console.md 1.4). */
export const ROWS_MAX = 60;

export const PRIORITIES = [
    'PRIORITY_P1',
    'PRIORITY_P2',
    'PRIORITY_P3',
    'PRIORITY_P4',
    'PRIORITY_P5',
];

/**
 * @param {Incident} a
 * @param {Incident} b
 * @returns {number}
 */
export function compareIncidents(a, b) {
    const byRank = (a.rank ?? 0) - (b.rank ?? 0);
    if (byRank !== 0) {
        return byRank;
    }
    const byAge = Number(a.openedUs ?? 0) - Number(b.openedUs ?? 0);
    if (byAge !== 0) {
        return byAge;
    }
    const left = BigInt(a.id ?? '0');
    const right = BigInt(b.id ?? '0');
    return left < right ? -1 : left > right ? 1 : 0;
}

/**
 * @param {Iterable<Incident>} incidents
 * @param {string} user
 * @returns {{mine: Incident[], others: Incident[], hidden: number}}  mine are always drawn
 */
export function queueRows(incidents, user) {
    const mine = [];
    const others = [];
    for (const incident of incidents) {
        if (incident.state === 'INCIDENT_CLOSED') {
            continue;
        }
        if (user !== '' && incident.owner === user) {
            mine.push(incident);
        } else {
            others.push(incident);
        }
    }
    mine.sort(compareIncidents);
    others.sort(compareIncidents);
    const room = Math.max(0, ROWS_MAX - mine.length);
    return { mine, others: others.slice(0, room), hidden: Math.max(0, others.length - room) };
}

/**
 * @param {Iterable<Incident>} incidents
 * @returns {{priority: string, waiting: number, oldestUs: number}[]}  oldestUs 0 when none waits
 */
export function countersByPriority(incidents) {
    const counters = PRIORITIES.map((priority) => ({ priority, waiting: 0, oldestUs: 0 }));
    for (const incident of incidents) {
        if (incident.state !== 'INCIDENT_OPEN') {
            continue;
        }
        /* An incident without a class is counted with the gravest: it must not vanish. */
        const counter = counters.find((c) => c.priority === incident.priority) ?? counters[0];
        const openedUs = Number(incident.openedUs ?? 0);
        counter.waiting += 1;
        if (counter.oldestUs === 0 || openedUs < counter.oldestUs) {
            counter.oldestUs = openedUs;
        }
    }
    return counters;
}

/**
 * @param {Incident} incident
 * @param {number} nowUs
 * @returns {{leftS: number, used: number, level: 'calm' | 'amber' | 'red' | 'over'} | null}
 *   null when nothing is due; `used` is 0..1; amber at 50 %, red at 80 %
 */
export function countdown(incident, nowUs) {
    const dueUs = Number(incident.dueUs ?? 0);
    if (dueUs === 0 || nowUs === 0) {
        return null;
    }
    const fromUs = Number(incident.dueFromUs ?? 0);
    const leftUs = dueUs - nowUs;
    const spanUs = Math.max(1, dueUs - (fromUs === 0 ? nowUs : fromUs));
    const used = Math.min(1, Math.max(0, 1 - leftUs / spanUs));
    /** @type {'calm' | 'amber' | 'red' | 'over'} */
    let level = 'calm';
    if (leftUs <= 0) {
        level = 'over';
    } else if (used >= 0.8) {
        level = 'red';
    } else if (used >= 0.5) {
        level = 'amber';
    }
    /* Round up: "0 s left" is only said when it is over. */
    const leftS = leftUs > 0 ? Math.ceil(leftUs / 1e6) : Math.ceil(leftUs / 1e6 - 1e-9);
    return { leftS, used, level };
}
