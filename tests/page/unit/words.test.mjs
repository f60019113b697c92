/** Times, ages, marker and record in words, in both languages. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { beforeEach, test } from 'node:test';
import * as format from '../../../src/web/page/js/format.js';
import { markerWords, recordSource } from '../../../src/web/page/js/marker.js';
import { addCatalogue, pluralForm, setLanguage, t, tn, word } from '../../../src/web/page/js/text.js';

for (const language of ['en', 'cy']) {
    const url = new URL(`../../../src/web/page/i18n/${language}.json`, import.meta.url);
    addCatalogue(language, JSON.parse(readFileSync(url, 'utf8')));
}
beforeEach(() => setLanguage('en'));

const at = (iso) => Date.parse(iso) * 1000;
const NOW = at('2016-11-12T02:13:00Z');

test('times are Europe/London in 24 hours, summer and winter', () => {
    assert.equal(format.clockTime(at('2016-11-12T02:13:07Z')), '02:13:07');
    assert.equal(format.clockTime(at('2016-07-12T23:13:07Z')), '00:13:07');
    assert.equal(format.dateTime(at('2016-07-12T23:13:07Z')), '13 Jul 2016 00:13:07');
    assert.equal(format.clockTime(at('2016-10-30T00:59:59Z')), '01:59:59');
    assert.equal(format.clockTime(at('2016-10-30T01:00:00Z')), '01:00:00');
});

test('a time of another day carries its date', () => {
    assert.equal(format.timeNear(at('2016-11-12T01:00:00Z'), NOW), '01:00:00');
    assert.equal(format.timeNear(at('2016-11-11T01:00:00Z'), NOW), '11 Nov 2016 01:00:00');
    assert.equal(format.timeNear(0, NOW), '–');
});

test('ages are words and never negative', () => {
    assert.equal(format.ageWords(NOW - 1e6, NOW), '1 second');
    assert.equal(format.ageWords(NOW + 5e6, NOW), '0 seconds');
    assert.equal(format.spanWords(300), '5 minutes');
    assert.equal(format.spanWords(7800), '2 hours 10 minutes');
    assert.equal(format.spanWords(7200), '2 hours');
    assert.equal(format.spanWords(3 * 86400), '3 days');
});

test('spans are figures', () => {
    assert.equal(format.span(7), '0:07');
    assert.equal(format.span(245), '4:05');
    assert.equal(format.span(3723), '1:02:03');
    assert.equal(format.span(-12), '-0:12');
});

test('positions, distances and ages of people', () => {
    assert.equal(format.coordinates(51.62, -3.9431), '51.62000, -3.94310');
    assert.equal(format.distance(340), '340 m');
    assert.equal(format.distance(12340), '12.3 km');
    assert.equal(format.yearsOld('1989-11-12', NOW), 27);
    assert.equal(format.yearsOld('1989-11-13', NOW), 26);
    assert.equal(format.yearsOld('', NOW), null);
});

test('Welsh has six plural forms', () => {
    assert.deepEqual(
        [0, 1, 2, 3, 6, 4].map((n) => pluralForm('cy', n)),
        ['zero', 'one', 'two', 'few', 'many', 'other'],
    );
    setLanguage('cy');
    assert.equal(tn('span.minutes', 2), '2 funud');
    assert.equal(tn('span.minutes', 5), '5 munud');
    assert.equal(tn('span.days', 2), '2 ddiwrnod');
});

test('a missing text shows itself and an unknown value is shown as it came', () => {
    assert.equal(t('no.such.key'), '⟦no.such.key⟧');
    assert.equal(word('SIGNAL_FROM_THE_FUTURE'), 'SIGNAL_FROM_THE_FUTURE');
});

/* REQ B1 TEST */
test('each status of the marker is said in words with its dates', () => {
    const marker = (changes) => ({ marker: { validToUs: String(NOW - 3 * 86400e6), ...changes } });
    const headline = (changes) => markerWords(marker(changes), NOW).headline;
    assert.equal(
        headline({ status: 'MARKER_ACTIVE', validToUs: String(at('2017-04-25T00:00:00Z')) }),
        'ACTIVE until 25 Apr 2017 01:00:00',
    );
    assert.match(
        headline({ status: 'MARKER_ACTIVE', validToUs: String(NOW + 9 * 86400e6) }),
        /^ACTIVE, ends in 9 days/,
    );
    assert.equal(
        headline({ status: 'MARKER_LAPSED' }),
        'LAPSED: ended 9 Nov 2016 02:13:00, 3 days ago',
    );
    assert.match(headline({ status: 'MARKER_WITHDRAWN' }), /^WITHDRAWN/);
    assert.match(headline({ status: 'MARKER_NONE' }), /^NONE/);
});

/* REQ B1 TEST */
test('a marker that could not be checked is unknown, with the last known value and its age', () => {
    const marker = { lastKnown: 'MARKER_ACTIVE', lastKnownUs: String(NOW - 90e6) };
    const words = markerWords({ marker }, NOW);
    assert.match(words.headline, /^UNKNOWN/);
    assert.equal(words.grave, true);
    assert.deepEqual(words.lines, ['Last known: ACTIVE, checked 02:11:30, 1 minute ago']);
});

test('only an active marker is ever called active', () => {
    for (const status of ['MARKER_LAPSED', 'MARKER_WITHDRAWN', 'MARKER_NONE', undefined]) {
        const words = markerWords({ marker: { status } }, NOW);
        assert.doesNotMatch(words.headline, /ACTIVE/);
        assert.equal(words.grave, true);
    }
    assert.match(markerWords(undefined, NOW).headline, /^UNKNOWN/);
});

test('a withdrawn marker says why', () => {
    const marker = { status: 'MARKER_WITHDRAWN', withdrawnReason: 'moved' };
    assert.deepEqual(markerWords({ marker }, NOW).lines, ['Reason: moved']);
});

test('the record says where it came from and how old it is', () => {
    const checkedUs = String(NOW - 300e6);
    assert.equal(
        recordSource({ status: 'RESOLVE_CHECKED', checkedUs }, NOW).text,
        'Record checked 02:08:00',
    );
    const cached = recordSource({ status: 'RESOLVE_CACHED', checkedUs }, NOW);
    assert.match(cached.text, /^From the last known record, 5 minutes old/);
    assert.equal(cached.doubtful, true);
    assert.match(recordSource({ status: 'RESOLVE_UNKNOWN' }, NOW).text, /^Nothing is known/);
    assert.match(recordSource(undefined, NOW).text, /being looked up/);
});
