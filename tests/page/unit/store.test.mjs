/** The store: snapshots, deltas, gaps. Nothing that is sent may be lost or shown twice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIVE_SILENCE_MS_MAX, ServerClock } from '../../../src/web/page/js/clock.js';
import { Store } from '../../../src/web/page/js/store.js';

function setUp() {
    const time = { ms: 1000 };
    const clock = new ServerClock(() => time.ms);
    return { time, clock, store: new Store(clock) };
}

const incident = (id, changes = {}) => ({ id, state: 'INCIDENT_OPEN', epoch: 1, ...changes });

function filled() {
    const world = setUp();
    world.store.apply({ welcome: { stream: '5', sequence: '10', user: 'carys' } });
    world.store.apply({ snapshot: { sequence: '10', incidents: [incident('1')] } });
    world.store.apply({ snapshot: { sequence: '10', status: { databaseUp: true }, last: true } });
    return world;
}

test('a snapshot in several frames appears only when its last frame has come', () => {
    const { store } = setUp();
    store.apply({ welcome: { stream: '5', sequence: '10' } });
    store.apply({ snapshot: { sequence: '10', incidents: [incident('1')] } });
    assert.equal(store.incidents.size, 0);
    assert.equal(store.synced, false);
    store.apply({ snapshot: { sequence: '10', incidents: [incident('2')], last: true } });
    assert.deepEqual([...store.incidents.keys()], ['1', '2']);
    assert.deepEqual(store.resumePoint(), { stream: '5', after: '10' });
});

test('a new snapshot removes incidents that are gone', () => {
    const { store } = filled();
    store.apply({ welcome: { stream: '6', sequence: '3' } });
    assert.equal(store.incidents.has('1'), true, 'the old picture stays readable meanwhile');
    store.apply({ snapshot: { sequence: '3', incidents: [incident('9')], last: true } });
    assert.deepEqual([...store.incidents.keys()], ['9']);
});

test('an interrupted snapshot never mixes the numbers of two streams', () => {
    const { store } = filled();
    store.apply({ welcome: { stream: '6', sequence: '3' } });
    store.apply({ snapshot: { sequence: '3', incidents: [incident('9')] } });
    assert.deepEqual(store.resumePoint(), { stream: '5', after: '10' });
});

test('the next delta is applied and its number kept', () => {
    const { store } = filled();
    const delta = { sequence: '11', incident: incident('1', { epoch: 2 }) };
    assert.equal(store.apply({ delta }), 'ok');
    assert.equal(store.incidents.get('1').epoch, 2);
    assert.equal(store.sequence, 11);
});

test('a delta that comes twice changes nothing the second time', () => {
    const { store } = filled();
    store.apply({ delta: { sequence: '11', incident: incident('1', { epoch: 2 }) } });
    store.apply({ delta: { sequence: '12', incident: incident('1', { epoch: 3 }) } });
    const verdict = store.apply({
        delta: { sequence: '11', incident: incident('1', { epoch: 2 }) },
    });
    assert.equal(verdict, 'ok');
    assert.equal(store.incidents.get('1').epoch, 3);
});

test('a missing delta is a gap and the late one is not applied', () => {
    const { store } = filled();
    assert.equal(store.apply({ delta: { sequence: '12', incident: incident('7') } }), 'gap');
    assert.equal(store.incidents.has('7'), false);
    assert.equal(store.resumePoint().after, '10');
});

test('deltas that overtake the snapshot wait for it', () => {
    const { store } = setUp();
    store.apply({ welcome: { stream: '5', sequence: '10' } });
    store.apply({ delta: { sequence: '10', incident: incident('1', { epoch: 1 }) } });
    store.apply({ delta: { sequence: '11', incident: incident('1', { epoch: 4 }) } });
    store.apply({
        snapshot: { sequence: '10', incidents: [incident('1', { epoch: 3 })], last: true },
    });
    assert.equal(store.incidents.get('1').epoch, 4);
    assert.equal(store.sequence, 11);
});

test('a gap among the deltas that waited is found', () => {
    const { store } = setUp();
    store.apply({ welcome: { stream: '5', sequence: '10' } });
    store.apply({ delta: { sequence: '12', incident: incident('1') } });
    assert.equal(store.apply({ snapshot: { sequence: '10', last: true } }), 'gap');
});

test('a resumed session keeps the picture and goes on with the next number', () => {
    const { store } = filled();
    store.apply({ welcome: { stream: '5', sequence: '11', resumed: true } });
    assert.equal(store.incidents.size, 1);
    const delta = { sequence: '11', incident: incident('2') };
    assert.equal(store.apply({ delta }), 'ok');
    assert.equal(store.incidents.size, 2);
});

test('two ticks ahead of the deltas are a gap, one is not', () => {
    const { store } = filled();
    const tick = { serverTimeUs: '1', sequence: '11' };
    assert.equal(store.apply({ tick }), 'ok');
    assert.equal(store.apply({ tick }), 'gap');
});

test('a tick ahead is forgiven when the delta follows', () => {
    const { store } = filled();
    store.apply({ tick: { serverTimeUs: '1', sequence: '11' } });
    store.apply({ delta: { sequence: '11', incident: incident('2') } });
    assert.equal(store.apply({ tick: { serverTimeUs: '1', sequence: '12' } }), 'ok');
});

test('a closed incident leaves memory, unless it is on the card', () => {
    const { store } = filled();
    const closed = { sequence: '11', incident: incident('1', { state: 'INCIDENT_CLOSED' }) };
    store.pin('1');
    store.apply({ delta: closed });
    assert.equal(store.incidents.get('1').state, 'INCIDENT_CLOSED');
    store.pin('2');
    assert.equal(store.incidents.has('1'), false);
});

test('an incident that vanished while away stays on the card and is said to be closed', () => {
    const { store } = filled();
    store.pin('1');
    store.apply({ welcome: { stream: '6', sequence: '3' } });
    store.apply({ snapshot: { sequence: '3', last: true } });
    assert.equal(store.incidents.get('1').state, 'INCIDENT_CLOSED');
});

test('absent fields of a tick mean down, not unknown', () => {
    const { store } = filled();
    assert.equal(store.databaseUp, true);
    store.apply({ tick: { serverTimeUs: '1', sequence: '10' } });
    assert.equal(store.databaseUp, false);
    assert.equal(store.journalOk, false);
});

test('without a tick the screen is not live within three seconds', () => {
    const { store, time } = filled();
    store.apply({ tick: { serverTimeUs: '1', sequence: '10' } });
    assert.equal(store.live, true);
    time.ms += LIVE_SILENCE_MS_MAX + 1;
    assert.equal(store.live, false);
    assert.ok(LIVE_SILENCE_MS_MAX + 500 < 3000, 'with the redraw this is still under 3 s');
});

test('an incomplete picture is not live although ticks come', () => {
    const { store } = filled();
    store.apply({ tick: { serverTimeUs: '1', sequence: '10' } });
    store.apply({ welcome: { stream: '6', sequence: '3' } });
    assert.equal(store.live, false);
});

test('log-out forgets every case', () => {
    const { store } = filled();
    let calls = 0;
    store.subscribe(() => (calls += 1));
    store.reset();
    assert.equal(store.incidents.size, 0);
    assert.deepEqual(store.resumePoint(), { stream: '0', after: '0' });
    store.apply({ tick: { serverTimeUs: '1' } });
    assert.equal(calls, 1, 'who listened still listens');
});

test('the server clock follows the tick with the least delay', () => {
    const time = { ms: 0 };
    const clock = new ServerClock(() => time.ms);
    assert.equal(clock.nowUs(), 0);
    clock.observe(5_000_000_000);
    time.ms = 600;
    clock.observe(5_000_500_000);
    assert.equal(clock.nowUs(), 5_000_600_000, 'the second tick was 100 ms late');
});
