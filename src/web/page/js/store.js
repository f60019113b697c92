/**
 * Everything the page knows from the centre, fed by frames of one WebSocket. A snapshot is
 * staged and swapped in whole; deltas must follow one another without a gap. An incident always
 * comes whole, so applying a delta twice does no harm.
 *
 * @typedef {import('./types.js').Incident} Incident
 * @typedef {import('./types.js').Status} Status
 * @typedef {import('./types.js').ServerFrame} ServerFrame
 * @typedef {import('./clock.js').ServerClock} ServerClock
 *
 * What the link must do after a frame: nothing, or ask again from the last number held.
 * @typedef {'ok' | 'gap'} Verdict
 *
 * A picture not complete yet. Its stream only becomes ours with it: numbers of one stream must
 * never be resumed under the name of another.
 * @typedef {object} Staging
 * @property {string} stream
 * @property {Map<string, Incident>} incidents
 * @property {Status} status
 * @property {import('./types.js').Delta[]} deltas
 */

/**
 * @param {string} stream
 * @returns {Staging}
 */
function emptyStaging(stream) {
    return { stream, incidents: new Map(), status: {}, deltas: [] };
}

export class Store {
    /** @param {ServerClock} clock */
    constructor(clock) {
        this.clock = clock;
        /** @type {(() => void)[]} */
        this.listeners = [];
        /** @type {string} */
        this.stream = '0';
        /** Newest delta applied. */
        this.sequence = 0;
        /** @type {Map<string, Incident>} */
        this.incidents = new Map();
        /** @type {Status} */
        this.status = {};
        this.databaseUp = false;
        this.journalOk = false;
        this.node = '';
        this.version = '';
        this.user = '';
        this.role = 'ROLE_NONE';
        /** A complete picture has been shown at least once. */
        this.synced = false;
        /** @type {Staging | null} */
        this.staging = null;
        /** The incident on the card is kept although it is closed. @type {string | null} */
        this.pinned = null;
        this.behindAt = -1;
    }

    /** Forgets everything: at log-out, so that nothing of a case stays in the page. */
    reset() {
        const { listeners } = this;
        Object.assign(this, new Store(this.clock), { listeners });
    }

    /** @param {() => void} listener  called after every change */
    subscribe(listener) {
        this.listeners.push(listener);
    }

    changed() {
        for (const listener of this.listeners) {
            listener();
        }
    }

    /** @returns {boolean} whether the picture is whole and the centre is heard */
    get live() {
        return this.synced && this.staging === null && this.clock.isLive();
    }

    /** @returns {{stream: string, after: string}} what a Hello needs to resume without a gap */
    resumePoint() {
        return { stream: this.stream, after: String(this.sequence) };
    }

    /**
     * @param {ServerFrame} frame
     * @returns {Verdict}
     */
    apply(frame) {
        /** @type {Verdict} */
        let verdict = 'ok';
        if (frame.welcome) {
            this.applyWelcome(frame.welcome);
        } else if (frame.snapshot) {
            verdict = this.applySnapshot(frame.snapshot);
        } else if (frame.delta) {
            verdict = this.applyDelta(frame.delta);
        } else if (frame.tick) {
            verdict = this.applyTick(frame.tick);
        } else if (frame.pong) {
            const sentUs = Number(frame.pong.clientTimeUs ?? 0);
            this.clock.roundTripMs = Math.max(0, this.clock.now() - sentUs / 1000);
        }
        this.changed();
        return verdict;
    }

    /** @param {import('./types.js').Welcome} welcome */
    applyWelcome(welcome) {
        this.node = welcome.node ?? '';
        this.version = welcome.version ?? '';
        this.user = welcome.user ?? this.user;
        this.role = welcome.role ?? this.role;
        this.staging = null;
        this.behindAt = -1;
        if (!welcome.resumed) {
            /* What is on screen stays readable until the new picture is complete. */
            this.staging = emptyStaging(welcome.stream ?? '0');
        }
    }

    /**
     * @param {import('./types.js').Snapshot} snapshot
     * @returns {Verdict}
     */
    applySnapshot(snapshot) {
        const staging = this.staging ?? emptyStaging(this.stream);
        this.staging = staging;
        for (const incident of snapshot.incidents ?? []) {
            staging.incidents.set(incident.id ?? '0', incident);
        }
        if (snapshot.status) {
            staging.status = snapshot.status;
        }
        if (!snapshot.last) {
            return 'ok';
        }
        const shown = this.pinned === null ? undefined : this.incidents.get(this.pinned);
        this.incidents = staging.incidents;
        if (shown && this.pinned !== null && !this.incidents.has(this.pinned)) {
            /* It left the list while we were away: the card stays, said to be closed. */
            this.incidents.set(this.pinned, { ...shown, state: 'INCIDENT_CLOSED' });
        }
        this.takeStatus(staging.status);
        this.stream = staging.stream;
        this.sequence = Number(snapshot.sequence ?? 0);
        this.synced = true;
        this.staging = null;
        this.dropClosed();
        for (const delta of staging.deltas) {
            if (this.applyDelta(delta) === 'gap') {
                return 'gap';
            }
        }
        return 'ok';
    }

    /**
     * @param {import('./types.js').Delta} delta
     * @returns {Verdict}
     */
    applyDelta(delta) {
        if (this.staging) {
            this.staging.deltas.push(delta);
            return 'ok';
        }
        const sequence = Number(delta.sequence ?? 0);
        if (sequence <= this.sequence) {
            return 'ok';
        }
        if (sequence !== this.sequence + 1) {
            return 'gap';
        }
        this.sequence = sequence;
        if (delta.incident) {
            this.incidents.set(delta.incident.id ?? '0', delta.incident);
            this.dropClosed();
        }
        if (delta.status) {
            this.takeStatus(delta.status);
        }
        return 'ok';
    }

    /**
     * @param {import('./types.js').Tick} tick
     * @returns {Verdict}
     */
    applyTick(tick) {
        this.clock.observe(Number(tick.serverTimeUs ?? 0));
        this.databaseUp = tick.databaseUp ?? false;
        this.journalOk = tick.journalOk ?? false;
        const newest = Number(tick.sequence ?? 0);
        if (this.staging || !this.synced || newest <= this.sequence) {
            this.behindAt = -1;
            return 'ok';
        }
        /* One tick may overtake a delta; two with no progress between them are a gap. */
        if (this.behindAt === this.sequence) {
            this.behindAt = -1;
            return 'gap';
        }
        this.behindAt = this.sequence;
        return 'ok';
    }

    /** @param {Status} status */
    takeStatus(status) {
        this.status = status;
        this.databaseUp = status.databaseUp ?? false;
        this.journalOk = status.journalOk ?? false;
    }

    /** Closed incidents leave memory, except the one on the card. */
    dropClosed() {
        for (const [id, incident] of this.incidents) {
            if (incident.state === 'INCIDENT_CLOSED' && id !== this.pinned) {
                this.incidents.delete(id);
            }
        }
    }

    /** @param {string | null} id  the incident on the card */
    pin(id) {
        this.pinned = id;
        this.dropClosed();
    }
}
