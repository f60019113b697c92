/** The link over a fake socket and a fake timer: hello, resume, gaps, back-off. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Actions } from '../../../src/web/page/js/actions.js';
import { ServerClock } from '../../../src/web/page/js/clock.js';
import { Link, SILENCE_RECONNECT_MS } from '../../../src/web/page/js/link.js';
import { Store } from '../../../src/web/page/js/store.js';

class FakeTimers {
    constructor() {
        this.ms = 0;
        this.pending = [];
    }

    later = (run, ms) => {
        const timer = { at: this.ms + ms, run };
        this.pending.push(timer);
        return timer;
    };

    cancel = (timer) => {
        this.pending = this.pending.filter((other) => other !== timer);
    };

    pass(ms) {
        const end = this.ms + ms;
        for (;;) {
            const due = this.pending.filter((timer) => timer.at <= end);
            if (due.length === 0) {
                break;
            }
            due.sort((a, b) => a.at - b.at);
            this.ms = due[0].at;
            this.cancel(due[0]);
            due[0].run();
        }
        this.ms = end;
    }
}

class FakeSocket {
    constructor() {
        this.sent = [];
        this.closed = false;
        this.onopen = null;
        this.onmessage = null;
        this.onclose = null;
    }

    send(text) {
        this.sent.push(JSON.parse(text));
    }

    close() {
        this.closed = true;
    }

    open() {
        this.onopen?.();
    }

    give(frame) {
        this.onmessage?.({ data: JSON.stringify(frame) });
    }

    lose() {
        this.onclose?.();
    }
}

function setUp({ random = 1 } = {}) {
    const timers = new FakeTimers();
    const store = new Store(new ServerClock(() => timers.ms));
    const sockets = [];
    const events = [];
    const link = new Link({
        store,
        open: () => {
            const socket = new FakeSocket();
            sockets.push(socket);
            return socket;
        },
        later: timers.later,
        cancel: timers.cancel,
        random: () => random,
        onDuty: () => true,
        onFrame: () => events.push('frame'),
        onLink: (up) => events.push(up ? 'up' : 'down'),
        onRefused: () => events.push('refused'),
    });
    return { timers, store, sockets, events, link };
}

function connected() {
    const world = setUp();
    world.link.start();
    world.sockets[0].open();
    world.sockets[0].give({ welcome: { stream: '77', sequence: '4' } });
    world.sockets[0].give({ snapshot: { sequence: '4', incidents: [{ id: '1' }], last: true } });
    return world;
}

test('the first hello asks for everything', () => {
    const { link, sockets } = setUp();
    link.start();
    sockets[0].open();
    assert.deepEqual(sockets[0].sent[0], {
        hello: { version: 1, watch: true, onDuty: true, stream: '0', after: '0' },
    });
});

test('after a lost connection the hello names stream and last number', () => {
    const { link, sockets, timers } = connected();
    sockets[0].give({ delta: { sequence: '5', incident: { id: '2' } } });
    sockets[0].lose();
    assert.equal(link.up, false);
    timers.pass(300);
    sockets[1].open();
    assert.equal(sockets[1].sent[0].hello.stream, '77');
    assert.equal(sockets[1].sent[0].hello.after, '5');
});

test('a gap closes the socket and resumes from the last number held', () => {
    const { sockets, timers, store } = connected();
    sockets[0].give({ delta: { sequence: '7', incident: { id: '3' } } });
    assert.equal(sockets[0].closed, true);
    assert.equal(store.incidents.has('3'), false);
    timers.pass(300);
    sockets[1].open();
    assert.equal(sockets[1].sent[0].hello.after, '4');
    sockets[1].give({ welcome: { stream: '77', sequence: '7', resumed: true } });
    for (const sequence of ['5', '6', '7']) {
        sockets[1].give({ delta: { sequence, incident: { id: `d${sequence}` } } });
    }
    assert.deepEqual([...store.incidents.keys()], ['1', 'd5', 'd6', 'd7']);
});

test('a thousand reconnects lose nothing and repeat nothing', () => {
    const { sockets, timers, store } = connected();
    let next = 5;
    for (let round = 0; round < 1000; round += 1) {
        const socket = sockets[sockets.length - 1];
        if (round % 3 === 0) {
            socket.give({ delta: { sequence: String(next + 1), incident: { id: 'lost' } } });
        } else {
            socket.lose();
        }
        timers.pass(5000);
        const fresh = sockets[sockets.length - 1];
        fresh.open();
        const { after } = fresh.sent[0].hello;
        assert.equal(after, String(next - 1));
        fresh.give({ welcome: { stream: '77', sequence: String(next), resumed: true } });
        fresh.give({ delta: { sequence: String(next), incident: { id: `i${next}` } } });
        next += 1;
    }
    assert.equal(store.incidents.size, 1001);
    assert.equal(store.incidents.has('lost'), false);
});

test('frames of an old socket are not heard', () => {
    const { sockets, timers, store } = connected();
    sockets[0].lose();
    timers.pass(300);
    sockets[0].give({ delta: { sequence: '5', incident: { id: 'ghost' } } });
    assert.equal(store.incidents.has('ghost'), false);
});

test('the wait before coming back grows and has an end', () => {
    const { link, sockets, timers } = setUp();
    link.start();
    const waits = [];
    for (let n = 0; n < 8; n += 1) {
        const count = sockets.length;
        const from = timers.ms;
        sockets[count - 1].lose();
        while (sockets.length === count) {
            timers.pass(10);
        }
        waits.push(timers.ms - from);
    }
    assert.deepEqual(waits, [250, 500, 1000, 2000, 4000, 5000, 5000, 5000]);
});

test('the wait is spread, so that all consoles do not return at once', () => {
    const { link, sockets, timers } = setUp({ random: 0 });
    link.start();
    sockets[0].lose();
    timers.pass(125);
    assert.equal(sockets.length, 2);
});

test('a socket that closes before it spoke raises doubt about the session', () => {
    const { link, sockets, events } = setUp();
    link.start();
    sockets[0].lose();
    assert.deepEqual(events, ['refused']);
});

test('a connection that is silent too long is left', () => {
    const { sockets, timers } = connected();
    timers.pass(SILENCE_RECONNECT_MS + 3000);
    assert.equal(sockets[0].closed, true);
    assert.equal(sockets.length, 2);
});

test('the round trip is measured with pings', () => {
    const { sockets, timers, store } = connected();
    timers.pass(2000);
    const { ping } = sockets[0].sent[1];
    timers.pass(30);
    sockets[0].give({ pong: { clientTimeUs: ping.clientTimeUs } });
    assert.equal(store.clock.roundTripMs, 30);
});

test('text that is no frame makes a new start, not a crash', () => {
    const { sockets, timers } = connected();
    sockets[0].onmessage({ data: '{broken' });
    timers.pass(300);
    assert.equal(sockets.length, 2);
});

test('after stop nothing comes back', () => {
    const { link, sockets, timers } = connected();
    link.stop();
    sockets[0].lose();
    timers.pass(20000);
    assert.equal(sockets.length, 1);
    assert.equal(link.send({}), false);
});

test('an act is answered by its result and only by its own', async () => {
    const timers = new FakeTimers();
    const sent = [];
    const actions = new Actions({
        send: (frame) => sent.push(frame) > 0,
        later: timers.later,
        cancel: timers.cancel,
    });
    const first = actions.act({ kind: 'ACTION_NEXT' });
    const second = actions.act({ kind: 'ACTION_NOTE' });
    actions.settle({ ref: sent[1].ref, refusal: 'STALE' });
    actions.settle({ ref: sent[0].ref, ok: true, incident: '9' });
    assert.equal((await first).incident, '9');
    assert.equal((await second).refusal, 'STALE');
    assert.equal(actions.busy, false);
});

test('without a connection an act is refused at once', async () => {
    const actions = new Actions({ send: () => false, later: () => 0, cancel: () => {} });
    assert.equal((await actions.act({ kind: 'ACTION_NEXT' })).refusal, 'NOT_CONNECTED');
});

test('an act without an answer is reported, never repeated by itself', async () => {
    const timers = new FakeTimers();
    const sent = [];
    const actions = new Actions({
        send: (frame) => sent.push(frame) > 0,
        later: timers.later,
        cancel: timers.cancel,
    });
    const result = actions.act({ kind: 'ACTION_ESCALATE' });
    timers.pass(6000);
    assert.equal((await result).refusal, 'NO_RESULT');
    assert.equal(sent.length, 1);
});

test('a lost connection ends the wait for every act', async () => {
    const timers = new FakeTimers();
    const actions = new Actions({
        send: () => true,
        later: timers.later,
        cancel: timers.cancel,
    });
    const result = actions.act({ kind: 'ACTION_CLOSE' });
    actions.linkLost();
    assert.equal((await result).refusal, 'NO_RESULT');
});
