/** The alarm card: what an operator must read before doing anything. */
import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { t, tn, word } from '../text.js';
import { clockTime, dateDay, span, spanWords, timeNear, us } from '../format.js';
import { countdown } from '../order.js';
import { recordSource } from '../marker.js';
import { badgeList, keyButton, panel, shape } from './parts.js';
import { homeView, whoView } from './case.js';
import { massView } from './mass.js';
import { pathsView } from './paths.js';
import { isSent, policeView } from './police.js';
import { isSilent } from './queue.js';

/**
 * @typedef {import('../app.js').App} App
 * @typedef {import('../types.js').Incident} Incident
 * @typedef {import('../types.js').SignalSummary} SignalSummary
 */

/**
 * @param {Incident} incident
 * @param {number} nowUs
 */
function countdownView(incident, nowUs) {
    const left = countdown(incident, nowUs);
    if (!left) {
        return html`<div class="due due-none">${t('due.none')}</div>`;
    }
    const shown = span(Math.abs(left.leftS));
    const words = left.level === 'over' ? t('due.over') : t(`due.level.${left.level}`);
    return html`<div class="due due-${left.level}">
        <span class="due-number">${left.level === 'over' ? `+${shown}` : shown}</span>
        <svg class="due-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
            <rect class="due-track" x="0" y="0" width="100" height="6" />
            <rect class="due-fill" x="0" y="0" width=${(left.used * 100).toFixed(1)} height="6" />
        </svg>
        <span class="due-words">
            ${words}
            <span class="due-kind">${word(incident.dueKind ?? 'TIMER_NONE')}</span>
        </span>
    </div>`;
}

/** @param {Incident} incident */
function stateWords(incident) {
    if (incident.state === 'INCIDENT_CLOSED') {
        return t('card.closed', { outcome: word(incident.outcome ?? 'OUTCOME_NONE') });
    }
    return incident.owner ? t('card.owner', { user: incident.owner }) : t('card.unclaimed');
}

/** @param {Incident} incident */
function whoWords(incident) {
    const person = incident.card?.caseCard;
    if (incident.mass) {
        return t('row.network', { network: incident.mass.network ?? '' });
    }
    return person?.personName || person?.alias || t('card.noperson');
}

/**
 * @param {App} app
 * @param {Incident} incident
 */
function headView(app, incident) {
    const nowUs = app.nowUs();
    return html`<header class="card-head">
        ${shape(incident.priority)}
        <div class="card-title">
            <h2 id="card-title" tabindex="-1">
                ${word(incident.priority ?? 'PRIORITY_NONE')}:
                ${word(incident.kind ?? 'SIGNAL_UNKNOWN')}
            </h2>
            <p class="card-person">
                <b>${whoWords(incident)}</b>
                <span>${t('card.reference', { reference: incident.reference ?? '' })}</span>
                <span>
                    ${t('card.opened', { time: timeNear(us(incident.openedUs), nowUs) })}
                </span>
                <span class="card-state">${stateWords(incident)}</span>
            </p>
        </div>
        ${countdownView(incident, nowUs)}
    </header>`;
}

/** @param {Incident} incident */
function hazardsView(incident) {
    const hazards = incident.card?.caseCard?.hazards ?? [];
    if (hazards.length === 0) {
        return html`<p class="hazards hazards-none">
            <b>${t('card.hazards')}</b> <span>${t('card.hazards.none')}</span>
        </p>`;
    }
    return html`<div class="hazards">
        <b>${t('card.hazards')}</b>
        <ul>
            ${hazards.map((hazard) => html`<li>${hazard}</li>`)}
        </ul>
    </div>`;
}

/**
 * Yes and not known are treated alike: nobody calls, nobody speaks. REQ B8
 * @param {Incident} incident
 */
function residenceBanner(incident) {
    const card = incident.card?.caseCard;
    const resident = card?.perpetratorResident ?? 'RESIDENCE_UNKNOWN';
    if (resident === 'RESIDENCE_NO') {
        return nothing;
    }
    let fact = t('residence.unknown');
    if (resident === 'RESIDENCE_YES') {
        fact = t('residence.yes');
    } else if (!card) {
        fact = t('residence.nocase');
    }
    return html`<p class="residence">
        <strong>${t('residence.order')}</strong> <span>${fact}</span>
    </p>`;
}

/**
 * @param {string} label
 * @param {boolean} allowed
 * @param {unknown} [extra]
 */
function permission(label, allowed, extra = nothing) {
    return html`<li class="permission ${allowed ? 'allowed' : 'forbidden'}">
        <span>${label}</span>
        <b>${allowed ? t('contact.yes') : t('contact.no')}</b>
        ${extra}
    </li>`;
}

/**
 * REQ G10: the rules of contact stand first, framed.
 * @param {Incident} incident
 */
function contactView(incident) {
    const card = incident.card?.caseCard;
    /* While the perpetrator may be there, a permission to call or speak is not one to act on. */
    const clear = card?.perpetratorResident === 'RESIDENCE_NO';
    const reviewed = us(card?.safeContactReviewedUs);
    return html`<section class="contact" aria-labelledby="contact-title" id="contact">
        <h3 id="contact-title">${t('contact.title')}</h3>
        ${residenceBanner(incident)}
        <p class="contact-rules">${card?.safeContact || t('contact.none')}</p>
        <ul class="permissions">
            ${permission(
                t('contact.call'),
                clear && card?.mayCall === true,
                card?.telephone ? html`<span class="telephone">${card.telephone}</span>` : nothing,
            )}
            ${permission(t('contact.text'), card?.mayText === true)}
            ${permission(t('contact.speak'), clear && card?.maySpeak === true)}
            ${permission(t('contact.ring'), !isSilent(incident))}
        </ul>
        <dl class="contact-words">
            <div>
                <dt>${t('contact.codeword')}</dt>
                <dd>${card?.codeWord || t('none.recorded')}</dd>
            </div>
            <div>
                <dt>${t('contact.cover')}</dt>
                <dd>${card?.coverStory || t('none.recorded')}</dd>
            </div>
            <div>
                <dt>${t('contact.reviewed')}</dt>
                <dd>${reviewed === 0 ? t('none.recorded') : dateDay(reviewed)}</dd>
            </div>
        </dl>
    </section>`;
}

/**
 * @param {SignalSummary} signal
 * @param {number} nowUs
 */
function signalView(signal, nowUs) {
    const repeats = signal.repeats ?? 0;
    const deviceUs = us(signal.deviceTimeUs);
    const own = /^SIGNAL_(UNIT|PATH)_/.test(signal.kind ?? ''); // the centre's: pathsView says when
    const late =
        deviceUs === 0 || own ? 0 : Math.floor((us(signal.receivedUs) - deviceUs) / 1e6);
    return html`<li>
        <time>${timeNear(us(signal.receivedUs), nowUs)}</time>
        <div>
            <b>${word(signal.kind ?? 'SIGNAL_UNKNOWN')}</b>
            ${signal.restore ? html`<span>${t('signal.restore')}</span>` : nothing}
            ${signal.zone ? html`<span>${t('signal.zone', { zone: signal.zone })}</span>` : nothing}
            ${signal.unit ? html`<span>${t('signal.unit', { unit: signal.unit })}</span>` : nothing}
            ${signal.path === 'PATH_BACKUP' || (own && signal.path === 'PATH_MAIN')
                ? html`<span>${word(signal.path ?? 'PATH_NONE')}</span>`
                : nothing}
            ${signal.code ? html`<span>${signal.code}</span>` : nothing}
            ${signal.text ? html`<q>${signal.text}</q>` : nothing}
            ${repeats > 0
                ? html`<span class="folded">
                      ${tn('signal.repeats', repeats, {
                          time: clockTime(us(signal.lastRepeatUs)),
                      })}
                  </span>`
                : nothing}
            ${late > 60
                ? html`<span class="late">
                      ${t('signal.late', { time: timeNear(deviceUs, nowUs), age: spanWords(late) })}
                  </span>`
                : nothing}
            ${signal.batteryPercent
                ? html`<span>${t('signal.battery', { n: signal.batteryPercent })}</span>`
                : nothing}
        </div>
    </li>`;
}

/**
 * @param {Incident} incident
 * @param {number} nowUs
 */
function whatView(incident, nowUs) {
    const signals = [...(incident.signals ?? [])].reverse();
    const earlier = (incident.signalCount ?? signals.length) - signals.length;
    const presses = incident.pressCount ?? 0;
    return panel(
        'what',
        t('card.what'),
        html`${presses > 1
                ? html`<p class="pressed-again">
                      ${tn('card.pressed', presses, {
                          time: clockTime(us(incident.lastSignalUs)),
                      })}
                  </p>`
                : nothing}
            <ol class="signals">
                ${signals.map((signal) => signalView(signal, nowUs))}
            </ol>
            ${earlier > 0 ? html`<p>${tn('card.earlier', earlier)}</p>` : nothing}
            ${pathsView(incident, nowUs)}
            ${incident.technical
                ? html`<p class="technical">
                      <b>${t('card.technical')}</b> ${incident.technical}
                  </p>`
                : nothing}`,
    );
}

/**
 * @param {App} app
 * @param {Incident} incident
 */
function actionsView(app, incident) {
    const open = incident.state !== 'INCIDENT_CLOSED';
    const mine = app.isMine(incident);
    /* a network is nobody's case: none to attach, no holder to name */
    const hasCase = incident.card?.caseCard !== undefined || incident.mass !== undefined;
    return html`<div class="actions" role="toolbar" aria-label=${t('card.actions')}>
        ${isSent(incident)
            ? keyButton('E', t('card.message'), () => app.commands.run('escalate'))
            : keyButton('E', t('key.escalate'), () => app.commands.run('escalate'), {
                  kind: 'primary danger',
                  disabled: !open || incident.mass !== undefined,
              })}
        ${incident.owner
            ? nothing
            : keyButton('K', t('key.claim'), () => app.commands.run('claim'), { disabled: !open })}
        ${keyButton('T', t('key.note'), () => app.commands.run('note'))}
        ${hasCase
            ? nothing
            : keyButton('A', t('key.attach'), () => app.commands.run('attach'), { disabled: !open })}
        ${app.isSupervisor() && !hasCase
            ? keyButton('V', t('key.reveal'), () => app.commands.run('reveal'))
            : nothing}
        ${mine
            ? keyButton('R', t('key.release'), () => app.commands.run('release'), { disabled: !open })
            : nothing}
        ${keyButton('X', t('key.close'), () => app.commands.run('close'), { disabled: !open })}
    </div>`;
}

/** @param {App} app */
function messageView(app) {
    const message = app.currentMessage();
    return html`<p class="message ${message.tone}">${message.text}</p>`;
}

/** @param {App} app */
function emptyView(app) {
    return html`<section class="card card-empty" aria-labelledby="card-title">
        ${messageView(app)}
        <div class="card-nothing">
            <h2 id="card-title" tabindex="-1">${t('card.empty')}</h2>
            <p>${t('card.empty.how')}</p>
        </div>
    </section>`;
}

/**
 * What the card is about: one person and a home, or a network.
 * @param {App} app
 * @param {Incident} incident
 */
function bodyView(app, incident) {
    const nowUs = app.nowUs();
    if (incident.mass) {
        return html`<p class="source">${badgeList(incident.badges)}</p>
            ${massView(incident, nowUs)}`;
    }
    const source = recordSource(incident.card, nowUs);
    return html`${hazardsView(incident)} ${contactView(incident)}
        <p class="source ${source.doubtful ? 'doubtful' : ''}">
            ${source.text} ${badgeList(incident.badges)}
        </p>
        <div class="columns">
            <div class="column">
                ${policeView(app, incident)} ${whatView(incident, nowUs)} ${whoView(app, incident)}
            </div>
            <div class="column">${homeView(app, incident)}</div>
        </div>`;
}

/** @param {App} app */
export function cardView(app) {
    const incident = app.selectedIncident();
    if (!incident) {
        return emptyView(app);
    }
    return html`<section
        class="card"
        aria-labelledby="card-title"
        data-incident=${incident.id ?? ''}
        data-state=${incident.state ?? ''}
    >
        ${headView(app, incident)} ${messageView(app)}
        <div class="card-body" tabindex="0" role="group" aria-label=${t('card.body')}>
            ${bodyView(app, incident)}
        </div>
        ${actionsView(app, incident)}
    </section>`;
}
