/** What must be heard. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REPEAT_MS, Watch } from '../../../src/web/page/js/watch.js';

const p1 = (changes = {}) => ({
    id: '1',
    priority: 'PRIORITY_P1',
    state: 'INCIDENT_OPEN',
    pressCount: 1,
    ...changes,
});
const at = (ms, changes = {}) => ({
    nowUs: 1e12 + ms * 1000,
    nowMs: ms,
    live: true,
    user: 'carys',
    ...changes,
});

test('a new P1 sounds at once and again until somebody takes it', () => {
    const watch = new Watch();
    assert.deepEqual(watch.look([p1()], at(0)).sounds, ['p1']);
    assert.deepEqual(watch.look([p1()], at(1000)).sounds, []);
    assert.deepEqual(watch.look([p1()], at(REPEAT_MS)).sounds, ['p1']);
    const held = p1({ state: 'INCIDENT_CLAIMED', owner: 'branwen' });
    assert.deepEqual(watch.look([held], at(3 * REPEAT_MS)).sounds, []);
});

test('a second P1 sounds at once, not when the first repeats', () => {
    const watch = new Watch();
    watch.look([p1()], at(0));
    assert.deepEqual(watch.look([p1(), p1({ id: '2' })], at(500)).sounds, ['p1']);
});

test('silence quiets what waits, and a new alarm sounds all the same', () => {
    const watch = new Watch();
    watch.look([p1()], at(0));
    watch.silence([p1()]);
    assert.deepEqual(watch.look([p1()], at(2 * REPEAT_MS)).sounds, []);
    const notice = watch.look([p1(), p1({ id: '2' })], at(2 * REPEAT_MS + 100));
    assert.deepEqual(notice.sounds, ['p1']);
});

test('pressed again breaks the silence and is announced', () => {
    const watch = new Watch();
    watch.look([p1()], at(0));
    watch.silence([p1()]);
    const notice = watch.look([p1({ pressCount: 2 })], at(REPEAT_MS));
    assert.deepEqual(notice.sounds, ['p1']);
    assert.equal(notice.fresh.length, 1);
});

test('a lesser alarm sounds once', () => {
    const watch = new Watch();
    const p4 = p1({ priority: 'PRIORITY_P4' });
    assert.deepEqual(watch.look([p4], at(0)).sounds, ['other']);
    assert.deepEqual(watch.look([p4], at(20000)).sounds, []);
});

test('each limit sounds once', () => {
    const watch = new Watch();
    const from = 1e12;
    const mine = p1({
        owner: 'carys',
        state: 'INCIDENT_CLAIMED',
        dueFromUs: String(from),
        dueUs: String(from + 20e6),
    });
    assert.deepEqual(watch.look([mine], at(0)).sounds, []);
    assert.deepEqual(watch.look([mine], at(10000)).sounds, ['limit']);
    assert.deepEqual(watch.look([mine], at(11000)).sounds, []);
    assert.deepEqual(watch.look([mine], at(16000)).sounds, ['limit']);
    assert.deepEqual(watch.look([mine], at(17000)).sounds, []);
});

test('losing the centre sounds once', () => {
    const watch = new Watch();
    watch.look([], at(0));
    assert.deepEqual(watch.look([], at(3000, { live: false })).sounds, ['notlive']);
    assert.deepEqual(watch.look([], at(4000, { live: false })).sounds, []);
});
