/**
 * The centre's clock as this page knows it. Ticks carry the server's time; the page keeps the
 * difference to its own monotonic clock, so a wrong clock on the operator's machine never moves
 * a countdown. Times are microseconds since 1970 UTC for the server, milliseconds for the page.
 */

/** Ticks come twice a second; without one for this long the screen says NOT LIVE (within 3 s). */
export const LIVE_SILENCE_MS_MAX = 2400;

/** Offsets remembered: ten seconds of ticks. */
const OFFSETS_MAX = 20;

export class ServerClock {
    /** @param {() => number} now  the page's monotonic clock, milliseconds */
    constructor(now) {
        this.now = now;
        /** @type {number[]} */
        this.offsets = [];
        /** Page time of the last tick, or null before the first. @type {number | null} */
        this.tickAtMs = null;
        /** Server time in the last tick. */
        this.tickUs = 0;
        /** Round trip of the last ping, or null. @type {number | null} */
        this.roundTripMs = null;
    }

    /**
     * A tick came. The largest recent offset is the one with the least delay on the way.
     * @param {number} serverUs
     */
    observe(serverUs) {
        this.tickAtMs = this.now();
        this.tickUs = serverUs;
        this.offsets.push(serverUs / 1000 - this.tickAtMs);
        if (this.offsets.length > OFFSETS_MAX) {
            this.offsets.shift();
        }
    }

    /** @returns {number} best estimate of the server's time now; 0 before the first tick */
    nowUs() {
        if (this.offsets.length === 0) {
            return 0;
        }
        return Math.round((this.now() + Math.max(...this.offsets)) * 1000);
    }

    /** @returns {number} milliseconds since the last tick; Infinity before the first */
    silenceMs() {
        return this.tickAtMs === null ? Infinity : this.now() - this.tickAtMs;
    }

    /** @returns {boolean} whether what is shown may be believed to be current */
    isLive() {
        return this.silenceMs() <= LIVE_SILENCE_MS_MAX;
    }
}
