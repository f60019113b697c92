/**
 * Every word on the screen comes from i18n/en.json or i18n/cy.json. A value is a string, or, for
 * a count, an object of plural forms. `{name}` in a string is replaced.
 *
 * @typedef {string | {[form: string]: string}} Entry
 * @typedef {{[key: string]: Entry}} Catalogue
 * @typedef {'en' | 'cy'} Language
 */

/** @type {Language[]} */
export const LANGUAGES = ['en', 'cy'];

/** @type {{[language: string]: Catalogue}} */
const catalogues = {};

/** @type {Language} */
let current = 'en';

/**
 * @param {Language} language
 * @param {Catalogue} catalogue
 */
export function addCatalogue(language, catalogue) {
    catalogues[language] = catalogue;
}

/** @param {Language} language */
export function setLanguage(language) {
    current = language;
}

/** @returns {Language} */
export function currentLanguage() {
    return current;
}

/**
 * Plural form of a count. Written out, because browsers are often built without Welsh rules.
 * @param {Language} language
 * @param {number} count
 * @returns {string}
 */
export function pluralForm(language, count) {
    if (language === 'en') {
        return count === 1 ? 'one' : 'other';
    }
    /** @type {{[count: number]: string}} */
    const welsh = { 0: 'zero', 1: 'one', 2: 'two', 3: 'few', 6: 'many' };
    return welsh[count] ?? 'other';
}

/**
 * @param {string} text
 * @param {{[name: string]: string | number}} params
 */
function fill(text, params) {
    return text.replace(/\{(\w+)\}/g, (_, name) => String(params[name] ?? ''));
}

/**
 * @param {string} key
 * @param {{[name: string]: string | number}} [params]
 * @returns {string} a key without a text shows itself, in brackets nobody can overlook
 */
export function t(key, params = {}) {
    const entry = catalogues[current]?.[key];
    return typeof entry === 'string' ? fill(entry, params) : `⟦${key}⟧`;
}

/**
 * @param {string} key  of an entry with plural forms
 * @param {number} count  available in the text as {n}
 * @param {{[name: string]: string | number}} [params]
 * @returns {string}
 */
export function tn(key, count, params = {}) {
    const entry = catalogues[current]?.[key];
    if (entry === undefined || typeof entry === 'string') {
        return `⟦${key}⟧`;
    }
    const form = entry[pluralForm(current, count)] ?? entry.other ?? '';
    return fill(form, { n: count, ...params });
}

/**
 * The word for a value of the shared vocabulary ("SIGNAL_PANIC"). A value this page does not
 * know yet is shown as it came: never dropped, never guessed.
 * @param {string} value
 * @returns {string}
 */
export function word(value) {
    const entry = catalogues[current]?.[`enum.${value}`];
    return typeof entry === 'string' ? entry : value;
}
