/** Queue order, counters, countdowns. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
    ROWS_MAX,
    compareIncidents,
    countdown,
    countersByPriority,
    queueRows,
} from '../../../src/web/page/js/order.js';

const row = (id, rank, openedUs, changes = {}) => ({
    id,
    rank,
    openedUs: String(openedUs),
    state: 'INCIDENT_OPEN',
    ...changes,
});

test('the queue follows the rank of the centre, then age', () => {
    const rows = [row('a', 30, 1), row('b', 10, 9), row('c', 10, 5), row('d', 20, 1)];
    rows.sort(compareIncidents);
    assert.deepEqual(
        rows.map((one) => one.id),
        ['c', 'b', 'd', 'a'],
    );
});

test('equal rank and age are ordered by identity, so that rows do not dance', () => {
    const node2 = String(2n ** 49n + 5n);
    const rows = [row(node2, 1, 1), row('12', 1, 1), row('9', 1, 1)];
    rows.sort(compareIncidents);
    assert.deepEqual(
        rows.map((one) => one.id),
        ['9', '12', node2],
    );
});

test('an absent rank is the smallest and comes first', () => {
    const rows = [row('a', 1, 1), { id: 'b', openedUs: '9', state: 'INCIDENT_OPEN' }];
    rows.sort(compareIncidents);
    assert.equal(rows[0].id, 'b');
});

test('at most sixty rows are drawn and the rest is a count', () => {
    const many = Array.from({ length: 10000 }, (_, n) => row(String(n + 1), n, n));
    const { mine, others, hidden } = queueRows(many, 'carys');
    assert.equal(mine.length + others.length, ROWS_MAX);
    assert.equal(hidden, 10000 - ROWS_MAX);
    assert.equal(others[0].id, '1');
});

test('my own alarms are drawn however low they rank', () => {
    const many = Array.from({ length: 200 }, (_, n) => row(String(n + 1), n, n));
    many.push(row('999', 100000, 1, { owner: 'carys', state: 'INCIDENT_CLAIMED' }));
    const { mine, others } = queueRows(many, 'carys');
    assert.deepEqual(
        mine.map((one) => one.id),
        ['999'],
    );
    assert.equal(others.length, ROWS_MAX - 1);
});

test('closed incidents are not in the queue', () => {
    const { others } = queueRows([row('1', 1, 1, { state: 'INCIDENT_CLOSED' })], '');
    assert.equal(others.length, 0);
});

test('counters count what waits, with the oldest', () => {
    const counters = countersByPriority([
        row('1', 1, 500, { priority: 'PRIORITY_P1' }),
        row('2', 1, 300, { priority: 'PRIORITY_P1' }),
        row('3', 1, 100, { priority: 'PRIORITY_P1', state: 'INCIDENT_CLAIMED' }),
        row('4', 1, 50, { priority: 'PRIORITY_P4' }),
    ]);
    assert.deepEqual(
        counters.map((one) => [one.waiting, one.oldestUs]),
        [
            [2, 300],
            [0, 0],
            [0, 0],
            [1, 50],
            [0, 0],
        ],
    );
});

test('an incident without a priority is counted with the gravest', () => {
    assert.equal(countersByPriority([row('1', 1, 1)])[0].waiting, 1);
});

test('the countdown turns amber at half, red at four fifths, and says when it is over', () => {
    const incident = { dueUs: '20000000', dueFromUs: '10000000' };
    const at = (us) => countdown(incident, us);
    assert.deepEqual(at(10_000_000), { leftS: 10, used: 0, level: 'calm' });
    assert.equal(at(14_999_999).level, 'calm');
    assert.equal(at(15_000_000).level, 'amber');
    assert.equal(at(17_999_999).level, 'amber');
    assert.equal(at(18_000_000).level, 'red');
    assert.equal(at(19_500_000).leftS, 1);
    assert.equal(at(20_000_000).level, 'over');
    assert.equal(at(32_000_000).leftS, -12);
    assert.equal(at(32_000_000).used, 1);
});

test('without a limit, or before the first tick, there is no countdown', () => {
    assert.equal(countdown({}, 5), null);
    assert.equal(countdown({ dueUs: '9' }, 0), null);
});
