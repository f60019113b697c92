/**
 * Checks that every word of the page stands in both catalogues, that nothing in them is unused,
 * and that no template carries words of its own. Pure functions; catalogue.test.mjs runs them
 * over the page and over planted faults.
 */

/**
 * Finds the lit templates of a source: their fixed text, with `\0` where a value goes.
 * @param {string} source
 * @returns {string[]}
 */
export function templatesOf(source) {
    const found = [];
    let at = 0;

    function skipString(quote) {
        at += 1;
        while (at < source.length && source[at] !== quote) {
            at += source[at] === '\\' ? 2 : 1;
        }
        at += 1;
    }

    function readTemplate(keep) {
        let text = '';
        at += 1;
        while (at < source.length && source[at] !== '`') {
            if (source.startsWith('${', at)) {
                at += 2;
                readCode('}');
                text += '\0';
            } else {
                text += source[at];
                at += source[at] === '\\' ? 2 : 1;
            }
        }
        at += 1;
        if (keep) {
            found.push(text);
        }
    }

    function skipComment() {
        const line = source.startsWith('//', at);
        const end = source.indexOf(line ? '\n' : '*/', at + 2);
        at = end < 0 ? source.length : end + (line ? 1 : 2);
    }

    function readCode(until) {
        let depth = 0;
        while (at < source.length) {
            const char = source[at];
            if (char === until && depth === 0) {
                at += 1;
                return;
            }
            if (char === "'" || char === '"') {
                skipString(char);
            } else if (char === '`') {
                readTemplate(/\b(html|svg)$/.test(source.slice(Math.max(0, at - 5), at)));
            } else if (source.startsWith('//', at) || source.startsWith('/*', at)) {
                skipComment();
            } else {
                depth += char === '{' ? 1 : char === '}' ? -1 : 0;
                at += 1;
            }
        }
    }

    readCode('');
    return found;
}

/** Names that are the same in every language. */
const SAME_EVERYWHERE = /^(larwm|Esc|Enter)$/;
const SPOKEN_ATTRIBUTE = /\b(?:aria-label|title|placeholder|alt)="([^"\0]*)"/g;

/**
 * @param {string} source
 * @returns {string[]} words a template carries although they belong in the catalogues
 */
export function wordsInTemplates(source) {
    const words = [];
    for (const template of templatesOf(source)) {
        for (const [, value] of template.matchAll(SPOKEN_ATTRIBUTE)) {
            if (/\p{L}{2,}/u.test(value)) {
                words.push(value);
            }
        }
        const plain = template.replace(/<[^>]*>/g, ' ');
        for (const word of plain.match(/\p{L}{2,}/gu) ?? []) {
            if (!SAME_EVERYWHERE.test(word)) {
                words.push(word);
            }
        }
    }
    return words;
}

/**
 * @param {string} source
 * @returns {{fixed: string[], plural: string[], prefixes: string[], unclear: string[]}}
 */
export function keysOf(source) {
    const code = source.replace(/\/\*[\s\S]*?\*\//g, '');
    const keys = { fixed: [], plural: [], prefixes: [], unclear: [] };
    for (const [, name, argument] of code.matchAll(/(?<![\w.])(tn?)\(\s*('[^']*'|`[^`]*`|[^\s)])/g)) {
        if (argument.startsWith("'")) {
            keys[name === 'tn' ? 'plural' : 'fixed'].push(argument.slice(1, -1));
        } else if (argument.startsWith('`')) {
            keys.prefixes.push(argument.slice(1, argument.indexOf('${')));
        } else {
            keys.unclear.push(argument);
        }
    }
    return keys;
}

const PLURALS = { en: ['one', 'other'], cy: ['few', 'many', 'one', 'other', 'two', 'zero'] };

function placeholders(text) {
    return [...new Set(text.match(/\{\w+\}/g) ?? [])].sort().join(' ');
}

/**
 * @param {{en: object, cy: object}} catalogues
 * @returns {string[]} faults between the two catalogues
 */
export function compareCatalogues(catalogues) {
    const faults = [];
    const { en, cy } = catalogues;
    for (const key of new Set([...Object.keys(en), ...Object.keys(cy)])) {
        if (!(key in en) || !(key in cy)) {
            faults.push(`${key}: missing in ${key in en ? 'cy' : 'en'}`);
            continue;
        }
        faults.push(...compareEntry(key, en[key], cy[key]));
    }
    return faults;
}

function compareEntry(key, en, cy) {
    if (typeof en !== typeof cy) {
        return [`${key}: plural in one language only`];
    }
    if (typeof en === 'string') {
        return compareTexts(key, en, cy);
    }
    const faults = [];
    for (const [language, entry] of [
        ['en', en],
        ['cy', cy],
    ]) {
        const forms = Object.keys(entry).sort().join(' ');
        if (forms !== PLURALS[language].join(' ')) {
            faults.push(`${key}: plural forms of ${language} are ${forms}`);
        }
    }
    return [...faults, ...compareTexts(`${key} (other)`, en.other ?? '', cy.other ?? '')];
}

function compareTexts(key, en, cy) {
    const faults = [];
    if (!en.trim() || !cy.trim()) {
        faults.push(`${key}: empty`);
    }
    if (placeholders(en) !== placeholders(cy)) {
        faults.push(`${key}: placeholders differ`);
    }
    return faults;
}

/**
 * @param {Map<string, string>} sources  by file name
 * @param {object} catalogue
 * @param {Map<string, string[]>} families  keys made at run time, by prefix
 * @returns {string[]} keys missing, unused or of the wrong sort
 */
export function compareUse(sources, catalogue, families) {
    const faults = [];
    const used = new Set([...families.values()].flat());
    for (const [file, source] of sources) {
        const keys = keysOf(source);
        keys.unclear.forEach((text) => faults.push(`${file}: key is not a literal near ${text}`));
        keys.prefixes
            .filter((prefix) => !families.has(prefix))
            .forEach((prefix) => faults.push(`${file}: unknown family ${prefix}`));
        for (const key of keys.fixed) {
            used.add(key);
            if (key in catalogue && typeof catalogue[key] !== 'string') {
                faults.push(`${file}: ${key} is plural: use tn`);
            }
        }
        for (const key of keys.plural) {
            used.add(key);
            if (typeof catalogue[key] === 'string') {
                faults.push(`${file}: ${key} is not plural: use t`);
            }
        }
    }
    for (const key of used) {
        if (!(key in catalogue)) {
            faults.push(`${key}: missing`);
        }
    }
    for (const key of Object.keys(catalogue)) {
        if (!used.has(key)) {
            faults.push(`${key}: unused`);
        }
    }
    return faults;
}

/**
 * @param {string} proto
 * @returns {Map<string, string[]>} the values of each enum
 */
export function enumsOf(proto) {
    const enums = new Map();
    const code = proto.replace(/\/\/[^\n]*/g, '');
    for (const [, name, body] of code.matchAll(/\benum\s+(\w+)\s*\{([^}]*)\}/g)) {
        enums.set(
            name,
            [...body.matchAll(/(\w+)\s*=/g)].map((found) => found[1]),
        );
    }
    return enums;
}
