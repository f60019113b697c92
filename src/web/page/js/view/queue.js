/** The queue: rows to open, never to acknowledge. */
import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { repeat } from '../../vendor/lit-html/directives/repeat.js';
import { t, tn, word } from '../text.js';
import { ageSeconds, span, us } from '../format.js';
import { countdown, queueRows } from '../order.js';
import { classOf, keyButton, shape } from './parts.js';

/**
 * @typedef {import('../app.js').App} App
 * @typedef {import('../types.js').Incident} Incident
 */

/**
 * Who the row is about: an alias, never a name (REQ G10: a screen may be seen).
 * @param {Incident} incident
 */
export function rowPerson(incident) {
    const card = incident.card;
    if (incident.mass) {
        return t('row.network', { network: incident.mass.network ?? '' });
    }
    if (card?.caseCard) {
        return card.caseCard.alias || card.caseCard.reference || t('row.noalias');
    }
    return card?.unit ? t('row.unit', { unit: card.unit }) : t('row.nocase');
}

/** @param {Incident} incident */
function rowTown(incident) {
    const place = incident.card?.place;
    if (incident.mass) {
        return t('row.mass', {
            n: (incident.mass.lost ?? 0) + (incident.mass.late ?? 0),
            back: incident.mass.back ?? 0,
        });
    }
    if (!place) {
        return t('row.noplace');
    }
    return place.confidential ? t('row.confidential') : place.town || t('row.noplace');
}

/** @param {Incident} incident */
function policeWord(incident) {
    return t(`row.police.${incident.escalation?.state ?? 'ESCALATION_NONE'}`);
}

/**
 * @param {Incident} incident
 * @param {number} nowUs
 */
function rowCountdown(incident, nowUs) {
    const left = countdown(incident, nowUs);
    if (!left) {
        return html`<span class="row-due"></span>`;
    }
    const text = left.level === 'over' ? t('due.over.short') : t('due.left.short');
    return html`<span class="row-due due-${left.level}">
        ${span(Math.abs(left.leftS))} <small>${text}</small>
    </span>`;
}

/** @param {Incident} incident */
function rowExtras(incident) {
    const more = incident.mass ? 0 : (incident.signalCount ?? 1) - 1; // its row counts units
    const presses = incident.pressCount ?? 0;
    return html`${more > 0 ? html`<span class="tag">${tn('row.more', more)}</span>` : nothing}
    ${presses > 1
        ? html`<span class="tag tag-strong">${t('row.pressed', { n: presses })}</span>`
        : nothing}
    ${isSilent(incident) ? html`<span class="tag">${t('row.silent')}</span>` : nothing}
    ${incident.alert && incident.alert !== 'ALERT_QUEUE'
        ? html`<span class="tag tag-strong">${word(incident.alert)}</span>`
        : nothing}`;
}

/** @param {Incident} incident */
export function isSilent(incident) {
    return incident.receiptSilent === true || incident.card?.silent === true;
}

/**
 * @param {App} app
 * @param {Incident} incident
 */
function rowView(app, incident) {
    const id = incident.id ?? '0';
    const nowUs = app.nowUs();
    const open = incident.state === 'INCIDENT_OPEN';
    const selected = app.ui.selected === id;
    const police = incident.escalation?.state ?? 'ESCALATION_NONE';
    return html`<li>
        <button
            type="button"
            class="row ${classOf(incident.priority ?? 'PRIORITY_NONE')} ${open ? 'open' : 'held'}"
            data-id=${id}
            aria-current=${selected ? 'true' : 'false'}
            tabindex=${app.commands.queueFocusId() === id ? '0' : '-1'}
            @click=${() => app.commands.openIncident(id)}
        >
            ${shape(incident.priority, open && incident.priority === 'PRIORITY_P1')}
            <span class="row-what">
                <b>${word(incident.priority ?? 'PRIORITY_NONE')}</b>
                <span class="row-kind">${word(incident.kind ?? 'SIGNAL_UNKNOWN')}</span>
            </span>
            ${rowCountdown(incident, nowUs)}
            <span class="row-who">
                <span class="row-alias">${rowPerson(incident)}</span>
                <span class="row-town">${rowTown(incident)}</span>
            </span>
            <span class="row-age">
                ${span(ageSeconds(us(incident.openedUs), nowUs))} <small>${t('row.age')}</small>
            </span>
            <span class="row-state">
                <span class="row-holder ${open ? '' : 'has-holder'}">
                    ${incident.owner
                        ? t('row.holder', { user: incident.owner })
                        : t('row.unclaimed')}
                </span>
                <span class="row-police ${classOf(police)}">${policeWord(incident)}</span>
                ${rowExtras(incident)}
            </span>
        </button>
    </li>`;
}

/**
 * @param {App} app
 * @param {Incident[]} rows
 */
function rowList(app, rows) {
    return repeat(
        rows,
        (incident) => incident.id ?? '0',
        (incident) => rowView(app, incident),
    );
}

/** @param {App} app */
export function queueView(app) {
    const { mine, others, hidden } = queueRows(app.store.incidents.values(), app.user());
    const empty = mine.length === 0 && others.length === 0;
    return html`<section class="queue" id="queue" aria-labelledby="queue-title">
        <div class="queue-head">
            <h2 id="queue-title">${t('queue.title')}</h2>
            <div class="queue-buttons">
                ${keyButton('S', t('queue.silence'), () => app.commands.run('silence'))}
                ${keyButton('N', t('key.next'), () => app.commands.run('next'), {
                    kind: 'primary',
                })}
            </div>
        </div>
        <div
            class="queue-rows"
            @keydown=${(/** @type {KeyboardEvent} */ event) => app.commands.queueKey(event)}
        >
            ${empty ? html`<p class="queue-empty">${t('queue.empty')}</p>` : nothing}
            ${mine.length > 0
                ? html`<h3 class="queue-part">${t('queue.mine')}</h3>
                      <ul class="rows rows-mine">
                          ${rowList(app, mine)}
                      </ul>`
                : nothing}
            ${others.length > 0
                ? html`<h3 class="queue-part">${t('queue.others')}</h3>
                      <ul class="rows rows-others">
                          ${rowList(app, others)}
                      </ul>`
                : nothing}
            ${hidden > 0
                ? html`<p class="queue-hidden">${tn('queue.hidden', hidden)}</p>`
                : nothing}
        </div>
    </section>`;
}
