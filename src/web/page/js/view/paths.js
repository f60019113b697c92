/** How the paths of a silent unit stand: which is gone, which still works, when each was heard. */
import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { t, word } from '../text.js';
import { timeNear, us } from '../format.js';

/**
 * @typedef {import('../types.js').Incident} Incident
 * @typedef {import('../types.js').PathView} PathView
 */

/**
 * @param {PathView} path
 * @param {number} nowUs
 */
function pathView(path, nowUs) {
    const heardUs = us(path.lastSeenUs);
    const observed = path.observedS ?? 0;
    const state = path.state ?? 'PATH_STATE_NONE';
    const works = state === 'PATH_STATE_WORKING';
    /* nothing speaks against it, and nothing for it: that is not "works" */
    const told = works && heardUs === 0 ? t('path.unknown') : word(state);
    return html`<li data-path=${path.path ?? ''} data-state=${state}>
        <b>${word(path.path ?? 'PATH_NONE')}</b>
        <span class=${works ? '' : 'path-down'}>${told}</span>
        <span>
            ${heardUs === 0 ? t('path.unheard') : t('path.heard', { time: timeNear(heardUs, nowUs) })}
        </span>
        ${observed > 0
            ? html`<span>${t('path.observed', { n: observed, wanted: path.intervalS ?? 0 })}</span>`
            : nothing}
    </li>`;
}

/**
 * @param {Incident} incident
 * @param {number} nowUs
 */
export function pathsView(incident, nowUs) {
    const paths = incident.paths ?? [];
    return paths.length === 0
        ? nothing
        : html`<ul class="paths">
              ${paths.map((path) => pathView(path, nowUs))}
          </ul>`;
}
