/** The catalogues of the page, complete and used; and the check itself on planted faults. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { KEYS } from '../../../src/web/page/js/keys.js';
import { REFUSALS } from '../../../src/web/page/js/vocabulary.js';
import {
    compareCatalogues,
    compareUse,
    enumsOf,
    keysOf,
    templatesOf,
    wordsInTemplates,
} from './catalogue.mjs';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const JS = `${ROOT}src/web/page/js/`;

const read = (path) => readFileSync(path, 'utf8');
const catalogues = Object.fromEntries(
    ['en', 'cy'].map((name) => [name, JSON.parse(read(`${ROOT}src/web/page/i18n/${name}.json`))]),
);
const sources = new Map(
    readdirSync(JS, { recursive: true })
        .filter((name) => name.endsWith('.js') && name !== 'text.js')
        .map((name) => [name, read(JS + name)]),
);

/** Enums whose values the page shows as words. */
const SHOWN = [
    'SignalKind',
    'Priority',
    'Risk',
    'MarkerStatus',
    'UnitStatus',
    'Badge',
    'Residence',
    'Consent',
    'PositionSource',
    'AlertLevel',
    'EscalationState',
    'EscalationReason',
    'Outcome',
    'Role',
    'TimerKind',
    'SystemKind',
    'HistoryKind',
    'Path',
    'PathState',
];
const enums = new Map(
    ['vocabulary', 'journal', 'console'].flatMap((name) => [
        ...enumsOf(read(`${ROOT}proto/${name}.proto`)),
    ]),
);

const families = new Map([
    ['enum.', SHOWN.flatMap((name) => (enums.get(name) ?? []).map((value) => `enum.${value}`))],
    ['month.', Array.from({ length: 12 }, (_, n) => `month.${n + 1}`)],
    ['refusal.', REFUSALS.map((code) => `refusal.${code}`)],
    ['key.', KEYS.map(({ command }) => `key.${command}`)],
    ['row.police.', (enums.get('EscalationState') ?? []).map((value) => `row.police.${value}`)],
    ['language.', ['en', 'cy'].flatMap((name) => [`language.${name}`, `language.${name}.name`])],
    ['sound.', ['sound.on', 'sound.off', 'sound.blocked']],
    ['sound.state.', ['sound.state.on', 'sound.state.off', 'sound.state.blocked']],
    ['due.level.', ['due.level.calm', 'due.level.amber', 'due.level.red']],
]);

test('every enum the page shows is found in the protocol', () => {
    for (const name of SHOWN) {
        assert.ok((enums.get(name) ?? []).length > 1, name);
    }
});

test('English and Welsh have the same keys, forms and placeholders', () => {
    assert.deepEqual(compareCatalogues(catalogues), []);
});

test('every key used is in the catalogues and every key in them is used', () => {
    assert.deepEqual(compareUse(sources, catalogues.en, families), []);
});

test('no template carries words of its own', () => {
    for (const [file, source] of sources) {
        assert.deepEqual(wordsInTemplates(source), [], file);
    }
});

test('a planted missing key is caught', () => {
    const { 'queue.title': _, ...cy } = catalogues.cy;
    assert.deepEqual(compareCatalogues({ en: catalogues.en, cy }), ['queue.title: missing in cy']);
    const planted = new Map([['x.js', "t('never.heard.of')"], ...sources]);
    const faults = compareUse(planted, catalogues.en, families);
    assert.deepEqual(faults, ['never.heard.of: missing']);
});

test('a planted unused key is caught', () => {
    const more = { ...catalogues.en, 'left.over': 'Left over' };
    assert.deepEqual(compareUse(sources, more, families), ['left.over: unused']);
});

test('a planted enum value without a word is caught', () => {
    const more = new Map(families).set('enum.', [...families.get('enum.'), 'enum.SIGNAL_NEW']);
    const faults = compareUse(sources, catalogues.en, more);
    assert.deepEqual(faults, ['enum.SIGNAL_NEW: missing']);
});

test('a planted key made at run time, or a placeholder lost, is caught', () => {
    assert.deepEqual(keysOf('t(name)').unclear, ['n']);
    assert.deepEqual(keysOf('t(`odd.${x}`)').prefixes, ['odd.']);
    const pair = { en: { a: 'since {time}' }, cy: { a: 'ers' } };
    assert.deepEqual(compareCatalogues(pair), ['a: placeholders differ']);
    const plural = { en: { a: { one: 'x', other: 'x' } }, cy: { a: { one: 'x', other: 'x' } } };
    assert.equal(compareCatalogues(plural).length, 1);
});

test('planted words in a template are caught, also in a nested one and in an attribute', () => {
    assert.deepEqual(wordsInTemplates('html`<p>Hello</p>`'), ['Hello']);
    assert.deepEqual(wordsInTemplates("html`<p>${x ? html`<b>Oops</b>` : ''}</p>`"), ['Oops']);
    assert.deepEqual(wordsInTemplates('html`<p title="Oops"></p>`'), ['Oops']);
    assert.deepEqual(wordsInTemplates("html`<p title=${t('a')}>${t('b')}</p>`"), []);
    assert.equal(templatesOf('const a = `plain`; html`<p></p>`').length, 1);
});
