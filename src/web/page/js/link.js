/**
 * The one WebSocket: says hello with the last number held, feeds the store, comes back by itself
 * with a growing wait, and starts again from the last number when the store finds a gap.
 *
 * @typedef {import('./types.js').ServerFrame} ServerFrame
 * @typedef {import('./store.js').Store} Store
 *
 * The part of a WebSocket the link uses; tests give a fake one.
 * @typedef {object} Socket
 * @property {(text: string) => void} send
 * @property {() => void} close
 * @property {((event: any) => void) | null} onopen
 * @property {((event: any) => void) | null} onmessage
 * @property {((event: any) => void) | null} onclose
 *
 * @typedef {object} LinkOptions
 * @property {Store} store
 * @property {() => Socket} open  makes a new socket
 * @property {(run: () => void, ms: number) => unknown} later
 * @property {(timer: any) => void} cancel
 * @property {() => number} random  0..1
 * @property {() => boolean} onDuty
 * @property {(frame: ServerFrame) => void} onFrame  after the store has it
 * @property {(up: boolean) => void} onLink
 * @property {() => void} onRefused  the socket closed before any frame came
 */

export const SUBPROTOCOL = 'larwm-console';
const RETRY_FIRST_MS = 250;
const RETRY_MAX_MS = 5000;
const PING_MS = 2000;

/** Nothing at all for this long: the connection is dead although nobody closed it. */
export const SILENCE_RECONNECT_MS = 10000;

export class Link {
    /** @param {LinkOptions} options */
    constructor(options) {
        this.options = options;
        /** @type {Socket | null} */
        this.socket = null;
        this.up = false;
        this.heard = false;
        this.running = false;
        this.failures = 0;
        /** @type {unknown} */
        this.retryTimer = null;
        /** @type {unknown} */
        this.pingTimer = null;
        this.heardAtMs = 0;
        this.reconnects = 0;
    }

    start() {
        this.running = true;
        this.connect();
    }

    stop() {
        this.running = false;
        this.options.cancel(this.retryTimer);
        this.retryTimer = null;
        this.drop();
    }

    connect() {
        this.options.cancel(this.retryTimer);
        this.retryTimer = null;
        const socket = this.options.open();
        this.socket = socket;
        this.heard = false;
        this.heardAtMs = this.options.store.clock.now();
        socket.onopen = () => this.onOpen(socket);
        socket.onmessage = (event) => this.onMessage(socket, event);
        socket.onclose = () => this.onClose(socket);
        this.schedulePing();
    }

    /** @param {Socket} socket */
    onOpen(socket) {
        if (socket !== this.socket) {
            return;
        }
        this.up = true;
        const { stream, after } = this.options.store.resumePoint();
        const hello = { version: 1, watch: true, onDuty: this.options.onDuty(), stream, after };
        socket.send(JSON.stringify({ hello }));
        this.options.onLink(true);
    }

    /**
     * @param {Socket} socket
     * @param {{data: unknown}} event
     */
    onMessage(socket, event) {
        if (socket !== this.socket) {
            return;
        }
        /** @type {ServerFrame} */
        let frame;
        try {
            frame = JSON.parse(String(event.data));
        } catch {
            this.again();
            return;
        }
        this.heard = true;
        this.failures = 0;
        this.heardAtMs = this.options.store.clock.now();
        if (this.options.store.apply(frame) === 'gap') {
            this.again();
            return;
        }
        this.options.onFrame(frame);
    }

    /** @param {Socket} socket */
    onClose(socket) {
        if (socket !== this.socket) {
            return;
        }
        this.drop();
        if (!this.running) {
            return;
        }
        if (!this.heard) {
            this.options.onRefused();
        }
        this.retry();
    }

    retry() {
        if (!this.running) {
            return;
        }
        const ceiling = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** this.failures);
        this.failures += 1;
        this.reconnects += 1;
        /* Half fixed, half random: fifty consoles do not come back in one instant. */
        const wait = ceiling / 2 + (ceiling / 2) * this.options.random();
        this.retryTimer = this.options.later(() => this.connect(), wait);
    }

    /** Leaves this socket and resumes from the last number held. */
    again() {
        this.drop();
        this.retry();
    }

    drop() {
        const socket = this.socket;
        this.socket = null;
        this.options.cancel(this.pingTimer);
        this.pingTimer = null;
        if (socket) {
            socket.close();
        }
        if (this.up) {
            this.up = false;
            this.options.onLink(false);
        }
    }

    schedulePing() {
        this.pingTimer = this.options.later(() => {
            const now = this.options.store.clock.now();
            if (now - this.heardAtMs > SILENCE_RECONNECT_MS) {
                this.again();
                return;
            }
            if (this.up) {
                this.send({ ping: { clientTimeUs: String(Math.round(now * 1000)) } });
            }
            this.schedulePing();
        }, PING_MS);
    }

    /**
     * @param {object} frame
     * @returns {boolean} false when there is no connection
     */
    send(frame) {
        if (!this.up || !this.socket) {
            return false;
        }
        this.socket.send(JSON.stringify(frame));
        return true;
    }
}
