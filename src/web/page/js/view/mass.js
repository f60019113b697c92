/** Many units of one network lost at once: how many, and who stands first. REQ A29 */
import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { t, tn, word } from '../text.js';
import { timeNear, us } from '../format.js';
import { panel } from './parts.js';

/**
 * @typedef {import('../types.js').Incident} Incident
 * @typedef {import('../types.js').MassLoss} MassLoss
 * @typedef {import('../types.js').MassUnit} MassUnit
 */

/**
 * @param {MassUnit} unit
 * @param {number} nowUs
 */
function unitView(unit, nowUs) {
    const heardUs = us(unit.lastSeenUs);
    const risk = unit.risk ?? 'RISK_UNKNOWN';
    return html`<tr data-unit=${unit.unit ?? ''}>
        <td class="mass-risk" data-risk=${risk}>${word(risk)}</td>
        <th scope="row">${unit.unit ?? ''}</th>
        <td>
            ${word(unit.kind ?? 'SIGNAL_UNKNOWN')}
            ${unit.incident
                ? html`<b>${t('mass.own', { reference: unit.incident })}</b>`
                : nothing}
        </td>
        <td>${timeNear(us(unit.downUs), nowUs)}</td>
        <td>${heardUs === 0 ? t('path.unheard') : timeNear(heardUs, nowUs)}</td>
    </tr>`;
}

/** @param {MassLoss} mass */
function countsView(mass) {
    return html`<ul class="mass-counts">
        <li data-count="lost"><b>${mass.lost ?? 0}</b> ${t('mass.lost')}</li>
        <li data-count="late"><b>${mass.late ?? 0}</b> ${t('mass.late')}</li>
        <li data-count="back"><b>${mass.back ?? 0}</b> ${t('mass.back')}</li>
    </ul>`;
}

/**
 * @param {Incident} incident
 * @param {number} nowUs
 */
export function massView(incident, nowUs) {
    const mass = incident.mass ?? {};
    const units = mass.units ?? [];
    const more = (mass.lost ?? 0) + (mass.late ?? 0) - units.length;
    return panel(
        'mass',
        t('mass.title', { network: mass.network ?? '' }),
        html`${countsView(mass)}
            <p>${t('mass.advice')}</p>
            ${units.length === 0
                ? nothing
                : html`<table class="mass-units">
                      <thead>
                          <tr>
                              <th scope="col">${t('mass.risk')}</th>
                              <th scope="col">${t('mass.unit')}</th>
                              <th scope="col">${t('mass.state')}</th>
                              <th scope="col">${t('mass.since')}</th>
                              <th scope="col">${t('mass.heard')}</th>
                          </tr>
                      </thead>
                      <tbody>
                          ${units.map((unit) => unitView(unit, nowUs))}
                      </tbody>
                  </table>`}
            ${more > 0 && incident.state !== 'INCIDENT_CLOSED'
                ? html`<p class="mass-more">${tn('mass.more', more)}</p>`
                : nothing}`,
    );
}
