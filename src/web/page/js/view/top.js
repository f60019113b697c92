/** The live bar, the counters and the system alarms. */
import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { LANGUAGES, currentLanguage, t, tn, word } from '../text.js';
import { ageSeconds, clockTime, dateDay, span, spanWords, timeNear, us } from '../format.js';
import { countersByPriority } from '../order.js';
import { shape } from './parts.js';

/** @typedef {import('../app.js').App} App */

/** @param {App} app */
export function languageSwitch(app) {
    return html`<div class="language" role="group" aria-label=${t('top.language')}>
        ${LANGUAGES.map(
            (language) =>
                html`<button
                    type="button"
                    lang=${language}
                    aria-pressed=${currentLanguage() === language ? 'true' : 'false'}
                    @click=${() => app.chooseLanguage(language)}
                >
                    ${t(`language.${language}`)}
                </button>`,
        )}
    </div>`;
}

/**
 * @param {string} label
 * @param {unknown} value
 * @param {boolean} abnormal
 */
function fact(label, value, abnormal = false) {
    return html`<div class="fact ${abnormal ? 'abnormal' : ''}">
        <dt>${label}</dt>
        <dd>${value}</dd>
    </div>`;
}

/** @param {App} app */
function databaseFact(app) {
    const { store } = app;
    if (store.databaseUp) {
        return fact(t('top.database'), t('state.ok'));
    }
    const sinceUs = us(store.status.databaseSinceUs);
    const text =
        sinceUs === 0
            ? t('top.database.stale')
            : t('top.database.stale.since', { time: timeNear(sinceUs, app.nowUs()) });
    return fact(t('top.database'), text, true);
}

/** @param {App} app */
function liveFacts(app) {
    const { store, clock } = app;
    const status = store.status;
    const trip = clock.roundTripMs;
    const nobody = (status.operatorsOnDuty ?? 0) === 0;
    return html`<dl class="facts">
        ${fact(
            t('top.trip'),
            trip === null ? t('none.dash') : t('top.trip.ms', { n: Math.round(trip) }),
            trip !== null && trip > 500,
        )}
        ${fact(
            t('top.journal'),
            store.journalOk ? t('state.ok') : t('state.fault'),
            !store.journalOk,
        )}
        ${databaseFact(app)}
        ${fact(
            t('top.police'),
            status.policeGatewayUp ? t('state.ok') : t('top.police.away'),
            !status.policeGatewayUp,
        )}
        ${fact(
            t('top.units'),
            t('top.units.value', { on: status.unitsConnected ?? 0, lost: status.unitsLost ?? 0 }),
        )}
        ${fact(t('top.duty'), status.operatorsOnDuty ?? 0, nobody)}
        ${fact(t('top.node'), store.node || t('none.dash'))}
    </dl>`;
}

/** @param {App} app */
function notLiveWords(app) {
    const { clock, store } = app;
    if (clock.tickAtMs === null) {
        return html`<span class="not-live-words">${t('live.connecting')}</span>`;
    }
    if (clock.isLive() && !store.live) {
        return html`<span class="not-live-words">${t('live.loading')}</span>`;
    }
    const age = spanWords(Math.floor(clock.silenceMs() / 1000));
    return html`<span class="not-live-words">
        ${t('live.lost', { time: clockTime(clock.tickUs), age })}
    </span>`;
}

/** @param {App} app */
function liveClock(app) {
    const nowUs = app.nowUs();
    return html`<time class="clock">${clockTime(nowUs)}</time>
        <span class="clock-date">${dateDay(nowUs)}</span>`;
}

/** @param {App} app */
function soundButton(app) {
    const state = app.sound.state;
    return html`<button
        type="button"
        class="sound-button sound-${state}"
        aria-pressed=${state === 'off' ? 'false' : 'true'}
        @click=${() => app.toggleSound()}
    >
        ${t(`sound.${state}`)}
    </button>`;
}

/** @param {App} app */
export function topView(app) {
    const live = app.store.live;
    return html`<header class="live-bar" data-live=${live ? 'true' : 'false'}>
        <h1 class="sr">${t('title.plain')}</h1>
        <strong class="live-word">${live ? t('live.yes') : t('live.no')}</strong>
        ${live ? liveClock(app) : notLiveWords(app)} ${live ? liveFacts(app) : nothing}
        <div class="me">
            <span class="who">
                <b>${app.ui.session?.displayName ?? ''}</b>
                <span>${word(app.role())}</span>
            </span>
            ${languageSwitch(app)} ${soundButton(app)}
            <button type="button" class="help-button" @click=${() => app.commands.run('help')}>
                <kbd>?</kbd><span>${t('help.short')}</span>
            </button>
            <button type="button" @click=${() => void app.logOut()}>${t('top.logout')}</button>
        </div>
    </header>`;
}

/**
 * @param {{priority: string, waiting: number, oldestUs: number}} counter
 * @param {number} nowUs
 */
function counterView(counter, nowUs) {
    const { priority, waiting, oldestUs } = counter;
    const age = span(ageSeconds(oldestUs, nowUs));
    return html`<li class="counter ${waiting > 0 ? 'waiting' : ''}" data-priority=${priority}>
        ${shape(priority)}
        <span class="counter-name">${word(priority)}</span>
        <span class="counter-number">${tn('counter.waiting', waiting)}</span>
        <span class="counter-age">
            ${waiting > 0 ? t('counter.oldest', { age }) : nothing}
        </span>
    </li>`;
}

/**
 * System alarms look unlike alarms of people: outlined, no shape, with the word first.
 * @param {App} app
 */
function noticesView(app) {
    const notices = app.store.status.notices ?? [];
    if (notices.length === 0) {
        return html`<p class="notices-none">${t('system.none')}</p>`;
    }
    return html`<ul class="notices">
        ${notices.map(
            (notice) => html`<li class="notice">
                <b>${t('system.word')}</b>
                <span>${word(notice.kind ?? 'SYSTEM_NONE')}</span>
                <span class="notice-since">
                    ${t('system.since', { time: timeNear(us(notice.sinceUs), app.nowUs()) })}
                </span>
                ${notice.detail
                    ? html`<span class="notice-detail" lang="en">${notice.detail}</span>`
                    : nothing}
            </li>`,
        )}
    </ul>`;
}

/** @param {App} app */
export function countersView(app) {
    const counters = countersByPriority(app.store.incidents.values());
    return html`<div class="overview">
        <section aria-label=${t('counter.title')}>
            <ul class="counters">
                ${counters.map((counter) => counterView(counter, app.nowUs()))}
            </ul>
        </section>
        <section class="system" aria-label=${t('system.title')}>${noticesView(app)}</section>
    </div>`;
}
