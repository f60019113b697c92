/**
 * What the operator does, sent to the centre, each answered by a Result under its ref.
 * An act without an answer is never repeated by the page itself: the answer is unknown.
 *
 * @typedef {import('./types.js').Action} Action
 * @typedef {import('./types.js').Result} Result
 */

/** After this long the operator is told that no answer came. */
export const RESULT_WAIT_MS = 5000;

export class Actions {
    /**
     * @param {object} options
     * @param {(frame: object) => boolean} options.send
     * @param {(run: () => void, ms: number) => unknown} options.later
     * @param {(timer: any) => void} options.cancel
     */
    constructor(options) {
        this.options = options;
        this.nextRef = 1;
        /** @type {Map<string, {resolve: (result: Result) => void, timer: unknown}>} */
        this.waiting = new Map();
    }

    /**
     * @param {Action} action
     * @returns {Promise<Result>} never rejects; a refusal is a value
     */
    act(action) {
        const ref = String(this.nextRef);
        this.nextRef += 1;
        return new Promise((resolve) => {
            if (!this.options.send({ ref, action })) {
                resolve({ ref, ok: false, refusal: 'NOT_CONNECTED' });
                return;
            }
            const timer = this.options.later(
                () => this.settle({ ref, ok: false, refusal: 'NO_RESULT' }),
                RESULT_WAIT_MS,
            );
            this.waiting.set(ref, { resolve, timer });
        });
    }

    /** @param {Result} result */
    settle(result) {
        const ref = result.ref ?? '0';
        const entry = this.waiting.get(ref);
        if (!entry) {
            return;
        }
        this.waiting.delete(ref);
        this.options.cancel(entry.timer);
        entry.resolve(result);
    }

    /** The connection went: whether the centre took these acts is not known. */
    linkLost() {
        for (const ref of [...this.waiting.keys()]) {
            this.settle({ ref, ok: false, refusal: 'NO_RESULT' });
        }
    }

    /** @returns {boolean} whether an act waits for its answer */
    get busy() {
        return this.waiting.size > 0;
    }
}
