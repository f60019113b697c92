/** Where: the position in words, the map when there are tiles, and the time line. */
import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { repeat } from '../../vendor/lit-html/directives/repeat.js';
import { t, word } from '../text.js';
import { ageWords, coordinates, distance, timeNear, us } from '../format.js';
import { field, keyButton, panel } from './parts.js';

/**
 * @typedef {import('../app.js').App} App
 * @typedef {import('../types.js').Incident} Incident
 * @typedef {import('../types.js').HistoryEntry} HistoryEntry
 */

/** @param {Incident} incident */
export function hasFix(incident) {
    const source = incident.position?.position?.source ?? 'POSITION_NONE';
    return source !== 'POSITION_NONE';
}

/**
 * The text that key L copies.
 * @param {Incident} incident
 * @returns {string} empty when no place is known
 */
export function locationText(incident) {
    const fix = incident.position?.position;
    const place = incident.card?.place;
    const address = [place?.address, place?.town, place?.postcode].filter(Boolean).join(', ');
    const lines = [];
    if (fix && hasFix(incident)) {
        lines.push(coordinates(fix.latitude ?? 0, fix.longitude ?? 0));
    }
    if (address) {
        lines.push(t('copy.home', { address }));
    }
    return lines.join('\n');
}

/**
 * @param {Incident} incident
 * @param {number} nowUs
 */
function ageOfFix(incident, nowUs) {
    const fixUs = us(incident.position?.position?.fixTimeUs);
    if (fixUs === 0) {
        return t('position.age.unknown');
    }
    return t('position.age', { age: ageWords(fixUs, nowUs), time: timeNear(fixUs, nowUs) });
}

/**
 * @param {App} app
 * @param {Incident} incident
 */
function positionBody(app, incident) {
    const nowUs = app.nowUs();
    const view = incident.position ?? {};
    const fix = view.position ?? {};
    if (!hasFix(incident)) {
        return html`<p class="no-fix">${t('position.none')}</p>`;
    }
    const metres = view.distanceHomeM ?? 0;
    const home = incident.card?.place?.latitude !== undefined;
    let away = t('position.home.unknown');
    if (metres > 0) {
        away = t('position.home.away', { distance: distance(metres) });
    } else if (home) {
        away = t('position.home.at');
    }
    return html`<p class="lat-long">
            ${coordinates(fix.latitude ?? 0, fix.longitude ?? 0)}
        </p>
        ${view.stale ? html`<p class="stale">${t('position.stale')}</p>` : nothing}
        <dl class="fields">
            ${field(t('position.fix'), ageOfFix(incident, nowUs), 'wide')}
            ${field(t('position.source'), word(fix.source ?? 'POSITION_NONE'))}
            ${field(
                t('position.accuracy'),
                fix.accuracyM
                    ? t('position.accuracy.value', { distance: distance(fix.accuracyM) })
                    : t('position.accuracy.unknown'),
            )}
            ${field(t('position.home'), away, 'wide')}
            ${field(t('position.received'), timeNear(us(view.receivedUs), nowUs))}
        </dl>`;
}

/**
 * @param {App} app
 * @param {Incident} incident
 */
function mapView(app, incident) {
    const tiles = app.ui.config.tiles;
    if (!tiles || !hasFix(incident)) {
        return nothing;
    }
    return html`<larwm-map
        .tiles=${tiles}
        .fix=${incident.position}
        .home=${incident.card?.place}
        .label=${t('position.map')}
    ></larwm-map>`;
}

/**
 * @param {App} app
 * @param {Incident} incident
 */
function positionView(app, incident) {
    return panel(
        'position',
        t('position.title'),
        html`${positionBody(app, incident)}
            <p class="position-copy">
                ${keyButton('L', t('key.copy'), () => app.commands.run('copy'))}
            </p>
            ${mapView(app, incident)}`,
    );
}

/** @param {HistoryEntry} entry */
function historyExtra(entry) {
    if (entry.outcome && entry.outcome !== 'OUTCOME_NONE') {
        return word(entry.outcome);
    }
    return entry.alert && entry.alert !== 'ALERT_QUEUE' ? word(entry.alert) : '';
}

/**
 * Entries that the centre writes itself carry a word of the vocabulary as their text.
 * @type {Record<string, string>}
 */
const HISTORY_WORDS = {
    HISTORY_OPENED: 'SIGNAL_',
    HISTORY_SIGNAL: 'SIGNAL_',
    HISTORY_CANCEL_CODE: 'SIGNAL_',
    HISTORY_RAISED: 'PRIORITY_',
    HISTORY_POLICE_QUEUED: 'REASON_',
    HISTORY_POLICE_CANCEL: 'OUTCOME_',
};

/** @param {HistoryEntry} entry */
function historyText(entry) {
    const prefix = HISTORY_WORDS[entry.kind ?? ''];
    return prefix && /^[A-Z0-9_]+$/.test(entry.text ?? '') ? word(prefix + entry.text) : entry.text;
}

/**
 * @param {HistoryEntry} entry
 * @param {number} nowUs
 */
function historyView(entry, nowUs) {
    const extra = historyExtra(entry);
    return html`<li>
        <time>${timeNear(us(entry.timeUs), nowUs)}</time>
        <div>
            <b>${word(entry.kind ?? 'HISTORY_NONE')}</b>
            ${extra ? html`<span>${extra}</span>` : nothing}
            ${entry.user ? html`<span class="history-user">${entry.user}</span>` : nothing}
            ${entry.text ? html`<p>${historyText(entry)}</p>` : nothing}
        </div>
    </li>`;
}

/**
 * @param {Incident} incident
 * @param {number} nowUs
 */
function timelineView(incident, nowUs) {
    const entries = (incident.history ?? []).map((entry, index) => ({ entry, index })).reverse();
    return html`<section class="panel timeline" aria-labelledby="timeline-title" id="timeline">
        <h3 id="timeline-title">${t('timeline.title')}</h3>
        <div class="timeline-scroll" tabindex="0" role="group" aria-label=${t('timeline.title')}>
            ${entries.length === 0 ? html`<p>${t('timeline.empty')}</p>` : nothing}
            <ol>
                ${repeat(
                    entries,
                    ({ entry, index }) => `${entry.position}:${entry.kind}:${index}`,
                    ({ entry }) => historyView(entry, nowUs),
                )}
            </ol>
        </div>
    </section>`;
}

/** @param {App} app */
export function sideView(app) {
    const incident = app.selectedIncident();
    return html`<aside class="side" aria-label=${t('side.title')}>
        ${incident
            ? html`${incident.mass ? nothing : positionView(app, incident)}
              ${timelineView(incident, app.nowUs())}`
            : html`<p class="side-empty">${t('side.empty')}</p>`}
    </aside>`;
}
