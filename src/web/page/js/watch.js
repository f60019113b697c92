/**
 * Decides what the operator must hear or be told, from one look at the store after another.
 * It plays nothing itself.
 *
 * @typedef {import('./types.js').Incident} Incident
 * @typedef {import('./sound.js').SoundName} SoundName
 * @typedef {{sounds: SoundName[], fresh: Incident[]}} Notice
 */
import { countdown } from './order.js';

/** An unclaimed P1 sounds again this often until somebody takes it or silences it. */
export const REPEAT_MS = 5000;

export class Watch {
    constructor() {
        /**
         * Incidents already announced, by id, with the presses counted then.
         * @type {Map<string, number>}
         */
        this.known = new Map();
        /** @type {Set<string>} */
        this.silenced = new Set();
        /** Which limit sounds were given, "id:amber". @type {Set<string>} */
        this.limits = new Set();
        this.soundedAtMs = -Infinity;
        this.wasLive = false;
    }

    /**
     * @param {Iterable<Incident>} incidents
     * @param {{nowUs: number, nowMs: number, live: boolean, user: string}} at
     * @returns {Notice}
     */
    look(incidents, at) {
        /** @type {Notice} */
        const notice = { sounds: [], fresh: [] };
        let loud = false;
        const seen = new Set();
        for (const incident of incidents) {
            const id = incident.id ?? '0';
            seen.add(id);
            loud = this.lookAtOne(incident, id, at, notice) || loud;
        }
        for (const id of this.known.keys()) {
            if (!seen.has(id)) {
                this.forget(id);
            }
        }
        if (loud && at.nowMs - this.soundedAtMs >= REPEAT_MS) {
            this.soundedAtMs = at.nowMs;
            notice.sounds.unshift('p1');
        }
        if (this.wasLive && !at.live) {
            notice.sounds.push('notlive');
        }
        this.wasLive = at.live;
        return notice;
    }

    /**
     * @param {Incident} incident
     * @param {string} id
     * @param {{nowUs: number, nowMs: number, user: string}} at
     * @param {Notice} notice
     * @returns {boolean} whether it is a P1 that waits and is not silenced
     */
    lookAtOne(incident, id, at, notice) {
        const presses = incident.pressCount ?? 0;
        const before = this.known.get(id);
        const isP1 = incident.priority === 'PRIORITY_P1';
        const open = incident.state === 'INCIDENT_OPEN';
        this.known.set(id, presses);
        if (open && before === undefined) {
            notice.fresh.push(incident);
            if (isP1) {
                this.soundedAtMs = -Infinity;
            } else {
                notice.sounds.push('other');
            }
        }
        if (before !== undefined && presses > before) {
            /* Pressed again: silence given for the first press does not cover it. */
            this.silenced.delete(id);
            notice.fresh.push(incident);
        }
        this.lookAtLimit(incident, id, at, notice);
        return isP1 && open && !this.silenced.has(id);
    }

    /**
     * @param {Incident} incident
     * @param {string} id
     * @param {{nowUs: number, user: string}} at
     * @param {Notice} notice
     */
    lookAtLimit(incident, id, at, notice) {
        const mine = incident.owner === at.user || incident.state === 'INCIDENT_OPEN';
        const left = countdown(incident, at.nowUs);
        if (!mine || !left || left.level === 'calm' || left.level === 'over') {
            return;
        }
        const mark = `${id}:${incident.dueUs}:${left.level}`;
        if (!this.limits.has(mark)) {
            this.limits.add(mark);
            notice.sounds.push('limit');
        }
    }

    /**
     * Silence is not acknowledgement: the alarms stay as they are, new ones sound again.
     * @param {Iterable<Incident>} incidents
     */
    silence(incidents) {
        for (const incident of incidents) {
            this.silenced.add(incident.id ?? '0');
        }
    }

    /** @param {string} id */
    forget(id) {
        this.known.delete(id);
        this.silenced.delete(id);
        for (const mark of this.limits) {
            if (mark.startsWith(`${id}:`)) {
                this.limits.delete(mark);
            }
        }
    }

    reset() {
        this.known.clear();
        this.silenced.clear();
        this.limits.clear();
        this.soundedAtMs = -Infinity;
        this.wasLive = false;
    }
}
