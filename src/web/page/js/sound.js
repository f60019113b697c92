/**
 * Sounds, made by the browser itself. Browsers keep quiet until somebody has pressed something,
 * so sound is off until the operator arms it, and the page says which it is.
 *
 * @typedef {'p1' | 'other' | 'limit' | 'notlive'} SoundName
 */

/**
 * Frequency in hertz (0 is a pause) and length in seconds.
 * @type {Record<SoundName, [number, number][]>}
 */
const PATTERNS = {
    p1: [
        [880, 0.16],
        [660, 0.16],
        [880, 0.16],
        [660, 0.16],
        [0, 0.08],
        [880, 0.3],
    ],
    other: [[523, 0.18]],
    limit: [
        [740, 0.1],
        [0, 0.06],
        [740, 0.1],
    ],
    notlive: [
        [220, 0.35],
        [0, 0.1],
        [220, 0.35],
    ],
};

const LOUDNESS = 0.25;

export class Sound {
    constructor() {
        /** @type {AudioContext | null} */
        this.context = null;
        this.on = false;
        /** Sounds asked for since the start: tests read it. */
        this.played = 0;
    }

    /** Must be called from a key press or a click. */
    arm() {
        this.on = true;
        this.context ??= new AudioContext();
        void this.context.resume().catch(() => {});
    }

    disarm() {
        this.on = false;
    }

    /** @returns {'off' | 'blocked' | 'on'} blocked: wanted, but the browser keeps it quiet */
    get state() {
        if (!this.on) {
            return 'off';
        }
        return this.context?.state === 'running' ? 'on' : 'blocked';
    }

    /** @param {SoundName} name */
    play(name) {
        if (!this.on || !this.context) {
            return;
        }
        this.played += 1;
        let at = this.context.currentTime + 0.02;
        for (const [hertz, seconds] of PATTERNS[name]) {
            if (hertz > 0) {
                this.tone(hertz, at, seconds);
            }
            at += seconds;
        }
    }

    /**
     * @param {number} hertz
     * @param {number} at
     * @param {number} seconds
     */
    tone(hertz, at, seconds) {
        if (!this.context) {
            return;
        }
        const oscillator = this.context.createOscillator();
        const gain = this.context.createGain();
        oscillator.type = 'triangle';
        oscillator.frequency.value = hertz;
        /* A short rise and fall: a hard edge clicks. */
        gain.gain.setValueAtTime(0, at);
        gain.gain.linearRampToValueAtTime(LOUDNESS, at + 0.01);
        gain.gain.setValueAtTime(LOUDNESS, at + seconds - 0.02);
        gain.gain.linearRampToValueAtTime(0, at + seconds);
        oscillator.connect(gain).connect(this.context.destination);
        oscillator.start(at);
        oscillator.stop(at + seconds);
    }
}
