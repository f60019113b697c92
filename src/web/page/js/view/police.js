/** What the police know: the message from queued to answered, or the telephone. */
import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { t, tn, word } from '../text.js';
import { timeNear, us } from '../format.js';
import { classOf, panel } from './parts.js';

/**
 * @typedef {import('../app.js').App} App
 * @typedef {import('../types.js').Incident} Incident
 * @typedef {import('../types.js').Escalation} Escalation
 */

/** @param {Incident} incident */
export function policeForce(incident) {
    return incident.escalation?.force ?? incident.card?.force;
}

/** @param {Incident} incident */
export function mustTelephone(incident) {
    const state = incident.escalation?.state;
    return (
        incident.callPoliceByPhone === true ||
        state === 'ESCALATION_REJECTED' ||
        state === 'ESCALATION_NO_ANSWER'
    );
}

/** @param {Incident} incident */
export function isSent(incident) {
    const state = incident.escalation?.state ?? 'ESCALATION_NONE';
    return state !== 'ESCALATION_NONE';
}

/**
 * @param {string} label
 * @param {number} atUs
 * @param {number} nowUs
 * @param {string} kind
 */
function step(label, atUs, nowUs, kind) {
    const done = atUs !== 0;
    return html`<li class="step ${done ? 'done' : ''} ${kind}">
        <span>${label}</span>
        <time>${done ? timeNear(atUs, nowUs) : t('none.dash')}</time>
    </li>`;
}

/**
 * @param {Escalation} escalation
 * @param {number} nowUs
 */
function stepsView(escalation, nowUs) {
    const state = escalation.state ?? 'ESCALATION_NONE';
    let answer = t('police.step.answer');
    if (['ESCALATION_ACCEPTED', 'ESCALATION_REJECTED', 'ESCALATION_NO_ANSWER'].includes(state)) {
        answer = word(state);
    }
    return html`<ol class="steps">
        ${step(word('ESCALATION_QUEUED'), us(escalation.queuedUs), nowUs, '')}
        ${step(word('ESCALATION_SENT'), us(escalation.sentUs), nowUs, '')}
        ${step(answer, us(escalation.answeredUs), nowUs, classOf(state))}
    </ol>`;
}

/**
 * In large type, to be read aloud.
 * @param {Incident} incident
 */
function telephoneView(incident) {
    const escalation = incident.escalation ?? {};
    const force = policeForce(incident);
    return html`<div class="telephone-now">
        <p class="telephone-why">
            ${escalation.state === 'ESCALATION_REJECTED'
                ? t('police.rejected', { reason: escalation.rejection || t('none.recorded') })
                : t('police.telephone.why')}
        </p>
        <p class="telephone-number">
            ${force?.telephone
                ? html`${force.name ?? ''} <span>${force.telephone}</span>`
                : t('police.telephone.nonumber')}
        </p>
        ${escalation.message
            ? html`<p class="telephone-say">${t('police.say')}</p>
                  <p class="script">${escalation.message}</p>`
            : nothing}
    </div>`;
}

/**
 * Nothing has gone: say so, and what it takes. REQ B3
 * @param {Incident} incident
 */
function notSentView(incident) {
    const force = policeForce(incident);
    const attack = incident.priority === 'PRIORITY_P1';
    const marker = incident.card?.marker?.status ?? 'MARKER_UNKNOWN';
    return html`<p class="police-none">${t('police.notsent')}</p>
        ${force?.name
            ? html`<p>
                  ${t('police.goesto', { force: force.name, number: force.telephone ?? '' })}
              </p>`
            : html`<p>${t('police.noforce')}</p>`}
        ${attack && marker !== 'MARKER_ACTIVE'
            ? html`<p class="police-prompt">${t('police.prompt')}</p>`
            : nothing}`;
}

/**
 * What became of a message that went.
 * @param {Incident} incident
 * @param {number} nowUs
 */
export function sentView(incident, nowUs) {
    const escalation = incident.escalation ?? {};
    const force = policeForce(incident);
    const reason = word(escalation.reason ?? 'REASON_NONE');
    const waiting = (escalation.updateNo ?? 0) - (escalation.updateSent ?? 0);
    return html`<p class="police-state">
            <b>${word(escalation.state ?? 'ESCALATION_NONE')}</b>
            ${escalation.logNumber
                ? html`<span class="log-number">
                      ${t('police.log', { number: escalation.logNumber })}
                  </span>`
                : nothing}
        </p>
        <p>
            ${force?.name ?? ''} ·
            ${escalation.queuedBy
                ? t('police.by', { user: escalation.queuedBy })
                : t('police.automatic')}
            · ${reason}
            ${us(escalation.unverifiedSinceUs) !== 0
                ? t('police.unverified', {
                      time: timeNear(us(escalation.unverifiedSinceUs), nowUs),
                  })
                : nothing}
        </p>
        ${stepsView(escalation, nowUs)}
        ${(escalation.tries ?? 0) > 1
            ? html`<p>${tn('police.tries', escalation.tries ?? 0)}</p>`
            : nothing}
        ${waiting > 0 ? html`<p>${tn('police.updates', waiting)}</p>` : nothing}
        ${escalation.cancelWanted ? html`<p>${t('police.cancel')}</p>` : nothing}`;
}

/**
 * @param {App} app
 * @param {Incident} incident
 */
export function policeView(app, incident) {
    const state = incident.escalation?.state ?? 'ESCALATION_NONE';
    return panel(
        'police',
        t('police.title'),
        html`${isSent(incident) ? sentView(incident, app.nowUs()) : notSentView(incident)}
        ${mustTelephone(incident) ? telephoneView(incident) : nothing}`,
        `police ${classOf(state)} ${mustTelephone(incident) ? 'must-telephone' : ''}`,
    );
}
