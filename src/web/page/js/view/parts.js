/** Small pieces every part of the screen uses. */
import { html, svg, nothing } from '../../vendor/lit-html/lit-html.js';
import { t, word } from '../text.js';

/**
 * Each priority has its own shape, so that colour is never the only sign.
 * @type {{[p: string]: unknown}}
 */
const SHAPES = {
    PRIORITY_P1: svg`<polygon points="7,1 17,1 23,7 23,17 17,23 7,23 1,17 1,7" />`,
    PRIORITY_P2: svg`<polygon points="12,1 23,22 1,22" />`,
    PRIORITY_P3: svg`<polygon points="12,1 23,12 12,23 1,12" />`,
    PRIORITY_P4: svg`<rect x="2" y="2" width="20" height="20" />`,
    PRIORITY_P5: svg`<circle cx="12" cy="12" r="10" />`,
};

/**
 * @param {string | undefined} priority
 * @param {boolean} [flash]  only this symbol may flash, never text
 */
export function shape(priority, flash = false) {
    const name = priority ?? 'PRIORITY_NONE';
    return html`<svg
        class="shape ${classOf(name)} ${flash ? 'flash' : ''}"
        viewBox="0 0 24 24"
        aria-hidden="true"
    >
        ${SHAPES[name] ?? SHAPES.PRIORITY_P4}
    </svg>`;
}

/**
 * @param {string} value  of the vocabulary
 * @returns {string} the class the style sheet knows: "priority-p1", "marker-active"
 */
export function classOf(value) {
    return value.toLowerCase().replaceAll('_', '-');
}

/**
 * One datum with its name. Nothing when there is no value.
 * @param {string} label
 * @param {unknown} value
 * @param {string} [kind]  extra class
 */
export function field(label, value, kind = '') {
    if (value === undefined || value === null || value === '') {
        return nothing;
    }
    return html`<div class="field ${kind}">
        <dt>${label}</dt>
        <dd>${value}</dd>
    </div>`;
}

/**
 * @param {string} key  as on the keyboard
 * @param {string} label
 * @param {() => void} run
 * @param {{kind?: string, disabled?: boolean, id?: string}} [options]
 */
export function keyButton(key, label, run, options = {}) {
    return html`<button
        type="button"
        class="key-button ${options.kind ?? ''}"
        id=${options.id ?? nothing}
        ?disabled=${options.disabled ?? false}
        @click=${run}
    >
        <kbd>${key}</kbd><span>${label}</span>
    </button>`;
}

/** @param {string[] | undefined} badges */
export function badgeList(badges) {
    if (!badges || badges.length === 0) {
        return nothing;
    }
    return html`<ul class="badges" aria-label=${t('card.badges')}>
        ${badges.map((badge) => html`<li class="badge ${classOf(badge)}">${word(badge)}</li>`)}
    </ul>`;
}

/**
 * @param {string} id
 * @param {string} title
 * @param {unknown} body
 * @param {string} [kind]
 */
export function panel(id, title, body, kind = '') {
    return html`<section class="panel ${kind}" aria-labelledby="${id}-title" id=${id}>
        <h3 id="${id}-title">${title}</h3>
        ${body}
    </section>`;
}
