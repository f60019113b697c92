/** The person, the home and the police marker. */
import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { t, word } from '../text.js';
import { dateDay, us, yearsOld } from '../format.js';
import { markerWords } from '../marker.js';
import { classOf, field, panel } from './parts.js';

/**
 * @typedef {import('../app.js').App} App
 * @typedef {import('../types.js').Incident} Incident
 * @typedef {import('../types.js').CaseCard} CaseCard
 */

/**
 * REQ B1: the status in words with its dates; a lapsed or unknown marker is never hidden.
 * @param {Incident} incident
 * @param {number} nowUs
 */
function markerView(incident, nowUs) {
    const marker = incident.card?.marker ?? {};
    const words = markerWords(incident.card, nowUs);
    const status = marker.status ?? 'MARKER_UNKNOWN';
    return panel(
        'marker',
        t('marker.title'),
        html`<p class="marker-headline">${words.headline}</p>
            ${words.lines.map((line) => html`<p class="marker-line">${line}</p>`)}
            <dl class="fields">
                ${field(t('marker.reference'), marker.reference)}
                ${field(t('marker.force'), marker.force)}
                ${field(t('marker.kind'), marker.kind, 'wide')}
                ${field(t('marker.text'), marker.text, 'wide')}
            </dl>`,
        `marker ${classOf(status)} ${words.grave ? 'grave' : ''}`,
    );
}

/**
 * @param {CaseCard} card
 * @param {number} nowUs
 */
function bornText(card, nowUs) {
    if (!card.born) {
        return '';
    }
    const years = yearsOld(card.born, nowUs);
    return years === null ? card.born : t('person.born.age', { born: card.born, age: years });
}

/** @param {CaseCard} card */
function riskText(card) {
    const atUs = us(card.riskAssessedUs);
    const risk = word(card.risk ?? 'RISK_UNKNOWN');
    return atUs === 0 ? risk : t('person.risk.at', { risk, date: dateDay(atUs) });
}

/** @param {string} language */
function languageText(language) {
    return language === 'cy' || language === 'en' ? t(`language.${language}.name`) : language;
}

/**
 * @param {CaseCard} card
 * @param {number} nowUs
 */
function maracText(card, nowUs) {
    const atUs = us(card.maracUs);
    if (atUs === 0) {
        return t('person.marac.none');
    }
    const year = (nowUs - atUs) / 1e6 <= 366 * 86400;
    const date = dateDay(atUs);
    return year ? t('person.marac.year', { date }) : t('person.marac.old', { date });
}

/**
 * @param {CaseCard | undefined} card
 * @param {number} nowUs
 */
function personView(card, nowUs) {
    if (!card) {
        return panel('person', t('person.title'), html`<p>${t('person.none')}</p>`);
    }
    return panel(
        'person',
        t('person.title'),
        html`<dl class="fields">
            ${field(t('person.name'), card.personName)} ${field(t('person.alias'), card.alias)}
            ${field(t('person.case'), card.reference)}
            ${field(t('person.language'), languageText(card.language ?? ''))}
            ${field(t('person.born'), bornText(card, nowUs), 'wide')}
            ${field(t('person.risk'), riskText(card), 'wide')}
            ${field(t('person.needs'), card.needs || t('none.recorded'), 'wide')}
            ${field(
                t('person.household'),
                (card.household ?? []).join('; ') || t('none.recorded'),
                'wide',
            )}
            ${field(t('person.wishes'), card.wishes || t('none.recorded'), 'wide')}
            ${field(t('person.consent'), word(card.policeConsent ?? 'CONSENT_NOT_RECORDED'), 'wide')}
            ${field(t('person.marac'), maracText(card, nowUs), 'wide')}
            ${field(t('person.plan'), card.safetyPlan || t('none.recorded'), 'wide')}
        </dl>`,
    );
}

/** @param {CaseCard | undefined} card */
function perpetratorView(card) {
    if (!card) {
        return nothing;
    }
    return panel(
        'perpetrator',
        t('perpetrator.title'),
        html`<dl class="fields">
            ${field(
                t('perpetrator.resident'),
                word(card.perpetratorResident ?? 'RESIDENCE_UNKNOWN'),
                'wide',
            )}
            ${field(
                t('perpetrator.description'),
                card.perpetrator || t('none.recorded'),
                'wide',
            )}
            ${field(t('perpetrator.orders'), card.orders || t('none.recorded'), 'wide')}
        </dl>`,
    );
}

/** @param {Incident} incident */
function placeView(incident) {
    const card = incident.card;
    const place = card?.place;
    const address = [place?.address, place?.town, place?.postcode].filter(Boolean).join(', ');
    return panel(
        'place',
        t('place.title'),
        html`${place?.confidential
                ? html`<p class="confidential">${t('place.confidential')}</p>`
                : nothing}
            <dl class="fields">
                ${field(t('place.address'), address || t('none.recorded'), 'wide')}
                ${field(t('place.access'), place?.accessNotes || t('none.recorded'), 'wide')}
                ${field(t('place.authority'), place?.authority)}
                ${field(t('unit.name'), card?.unit || t('none.recorded'))}
                ${field(t('unit.model'), card?.unitModel, 'wide')}
                ${field(t('unit.status'), card ? word(card.unitStatus ?? 'UNIT_UNREGISTERED') : '')}
                ${card
                    ? field(t('unit.kind'), card.unitMobile ? t('unit.mobile') : t('unit.fixed'))
                    : nothing}
                ${field(t('unit.linked'), card?.linkedCase)}
            </dl>`,
    );
}

/**
 * What a supervisor had revealed: on this card only, until another one is opened.
 * @param {App} app
 * @param {Incident} incident
 */
function revealedView(app, incident) {
    const { revealed } = app.ui;
    if (!revealed || revealed.incident !== incident.id) {
        return nothing;
    }
    return panel(
        'revealed',
        t('reveal.title'),
        html`<p class="revealed">${revealed.text}</p>
            <p>${t('reveal.audited')}</p>`,
    );
}

/**
 * @param {App} app
 * @param {Incident} incident
 */
export function homeView(app, incident) {
    return html`${markerView(incident, app.nowUs())} ${revealedView(app, incident)}
    ${placeView(incident)} ${perpetratorView(incident.card?.caseCard)}`;
}

/**
 * @param {App} app
 * @param {Incident} incident
 */
export function whoView(app, incident) {
    return personView(incident.card?.caseCard, app.nowUs());
}
