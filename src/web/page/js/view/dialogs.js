/**
 * Dialogs. They are not modal to the screen: the live bar, the queue and the announcements stay
 * as they are behind them. The keyboard stays inside until Escape (dialogs.js).
 */
import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { repeat } from '../../vendor/lit-html/directives/repeat.js';
import { currentLanguage, t, word } from '../text.js';
import { markerWords } from '../marker.js';
import { CLOSING_OUTCOMES } from '../vocabulary.js';
import { KEYS } from '../keys.js';
import { isSent, mustTelephone, policeForce, sentView } from './police.js';
import { rowPerson } from './queue.js';

/**
 * @typedef {import('../app.js').App} App
 * @typedef {import('../types.js').Incident} Incident
 */

/**
 * @param {App} app
 * @param {string} title
 * @param {unknown} body
 */
function frame(app, title, body) {
    const { dialog } = app.ui;
    return html`<dialog
        class="dialog dialog-${dialog?.kind ?? ''}"
        aria-labelledby="dialog-title"
    >
        <h2 id="dialog-title">${title}</h2>
        ${app.store.live ? nothing : html`<p class="dialog-not-live">${t('dialog.notlive')}</p>`}
        ${body}
        <p class="form-error" role="alert">${dialog?.error ?? ''}</p>
    </dialog>`;
}

/** @param {App} app */
function cancelButton(app) {
    return html`<button type="button" @click=${() => app.dialogs.close()}>
        <kbd>Esc</kbd><span>${t('dialog.cancel')}</span>
    </button>`;
}

/** @param {Incident} incident */
function aboutLine(incident) {
    return html`<p class="dialog-about">
        <b>${incident.reference ?? ''}</b>
        <span>${word(incident.kind ?? 'SIGNAL_UNKNOWN')}</span>
        <span>${rowPerson(incident)}</span>
    </p>`;
}

/**
 * What goes is exactly what stands here: `escalation.message`, as the centre wrote it.
 * @param {App} app
 * @param {Incident} incident
 */
function escalateDialog(app, incident) {
    const force = policeForce(incident);
    const marker = markerWords(incident.card, app.nowUs());
    const ready = !isSent(incident);
    const busy = app.ui.dialog?.busy ?? false;
    return frame(
        app,
        t('escalate.title'),
        html`${aboutLine(incident)}
            <p class="escalate-force">
                ${force?.name
                    ? t('escalate.to', { force: force.name, number: force.telephone ?? '' })
                    : t('police.noforce')}
            </p>
            <p class="escalate-marker ${marker.grave ? 'grave' : ''}">${marker.headline}</p>
            <h3 id="escalate-message-title">${t('escalate.message')}</h3>
            <pre
                class="escalate-message"
                tabindex="0"
                role="group"
                aria-labelledby="escalate-message-title"
            >
${incident.escalation?.message || t('escalate.nomessage')}</pre
            >
            ${isSent(incident) && !mustTelephone(incident)
                ? html`<p>${t('escalate.already')}</p>`
                : nothing}
            ${isSent(incident) ? sentView(incident, app.nowUs()) : nothing}
            <div class="dialog-buttons">
                ${ready
                    ? html`<button
                          type="button"
                          class="primary danger"
                          data-focus
                          ?disabled=${busy}
                          @click=${() => void app.dialogs.sendEscalation()}
                      >
                          <kbd>E</kbd><span>${t('escalate.send')}</span>
                      </button>`
                    : nothing}
                ${cancelButton(app)}
            </div>`,
    );
}

/**
 * @param {App} app
 * @param {Incident} incident
 */
function closeDialog(app, incident) {
    const chosen = app.ui.dialog?.outcome ?? '';
    return frame(
        app,
        t('close.title'),
        html`${aboutLine(incident)}
            <form
                @submit=${(/** @type {SubmitEvent} */ event) => app.dialogs.submitClose(event)}
                novalidate
            >
                <fieldset>
                    <legend>${t('close.outcome')}</legend>
                    <div class="outcomes">
                        ${CLOSING_OUTCOMES.map(
                            (outcome, index) =>
                                html`<label class="outcome">
                                    <input
                                        type="radio"
                                        name="outcome"
                                        value=${outcome}
                                        ?data-focus=${index === 0}
                                        .checked=${chosen === outcome}
                                        @change=${() => app.dialogs.chooseOutcome(outcome)}
                                    />
                                    <kbd>${index + 1}</kbd>
                                    <span>${word(outcome)}</span>
                                </label>`,
                        )}
                    </div>
                </fieldset>
                <label class="form-row">
                    <span>${t('close.text')}</span>
                    <textarea name="text" rows="2" maxlength="1000"></textarea>
                </label>
                <div class="dialog-buttons">
                    <button type="submit" class="primary">
                        <kbd>Enter</kbd><span>${t('close.submit')}</span>
                    </button>
                    ${cancelButton(app)}
                </div>
            </form>`,
    );
}

/**
 * @param {App} app
 * @param {Incident} incident
 */
function noteDialog(app, incident) {
    const id = incident.id ?? '0';
    return frame(
        app,
        t('note.title'),
        html`${aboutLine(incident)}
            <form
                @submit=${(/** @type {SubmitEvent} */ event) => app.dialogs.submitNote(event)}
                novalidate
            >
                <label class="form-row">
                    <span>${t('note.text')}</span>
                    <textarea
                        name="text"
                        rows="4"
                        maxlength="1000"
                        data-focus
                        .value=${app.dialogs.drafts.get(id) ?? ''}
                        @input=${(/** @type {InputEvent} */ event) => app.dialogs.keepDraft(id, event)}
                        @keydown=${(/** @type {KeyboardEvent} */ event) => app.dialogs.noteKey(event)}
                    ></textarea>
                </label>
                <p class="hint">${t('note.hint')}</p>
                <div class="dialog-buttons">
                    <button type="submit" class="primary">
                        <kbd>Enter</kbd><span>${t('note.submit')}</span>
                    </button>
                    ${cancelButton(app)}
                </div>
            </form>`,
    );
}

/**
 * @param {App} app
 * @param {Incident} incident
 */
function attachDialog(app, incident) {
    return frame(
        app,
        t('attach.title'),
        html`${aboutLine(incident)}
            <form
                @submit=${(/** @type {SubmitEvent} */ event) => app.dialogs.submitAttach(event)}
                novalidate
            >
                <label class="form-row">
                    <span>${t('attach.reference')}</span>
                    <input
                        type="text"
                        name="target"
                        maxlength="64"
                        autocomplete="off"
                        autocapitalize="characters"
                        spellcheck="false"
                        data-focus
                    />
                </label>
                <p class="hint">${t('attach.hint')}</p>
                <div class="dialog-buttons">
                    <button type="submit" class="primary">
                        <kbd>Enter</kbd><span>${t('attach.submit')}</span>
                    </button>
                    ${cancelButton(app)}
                </div>
            </form>`,
    );
}

/**
 * @param {App} app
 * @param {Incident} incident
 */
function revealDialog(app, incident) {
    return frame(
        app,
        t('reveal.title'),
        html`${aboutLine(incident)}
            <p>${t('reveal.warning')}</p>
            <div class="dialog-buttons">
                <button
                    type="button"
                    class="primary"
                    data-focus
                    @click=${() => void app.dialogs.sendReveal()}
                >
                    <kbd>V</kbd><span>${t('reveal.submit')}</span>
                </button>
                ${cancelButton(app)}
            </div>`,
    );
}

/** @param {App} app */
function helpDialog(app) {
    return frame(
        app,
        t('help.title'),
        html`<p>${t('help.lead')}</p>
            <ul class="keys">
                ${KEYS.map(
                    ({ key, command }) =>
                        html`<li><kbd>${key}</kbd><span>${t(`key.${command}`)}</span></li>`,
                )}
                <li><kbd>↑ ↓</kbd><span>${t('key.arrows')}</span></li>
                <li><kbd>Esc</kbd><span>${t('key.escape')}</span></li>
            </ul>
            <label class="check">
                <input
                    type="checkbox"
                    data-focus
                    .checked=${app.ui.keysOn}
                    @change=${(/** @type {Event} */ event) => app.switchKeys(event)}
                />
                <span>${t('help.keys')}</span>
            </label>
            <p class="hint" lang=${currentLanguage()}>
                ${t('help.version', { version: app.store.version || t('none.dash') })}
            </p>
            <div class="dialog-buttons">
                <button type="button" @click=${() => app.dialogs.close()}>
                    <kbd>Esc</kbd><span>${t('dialog.close')}</span>
                </button>
            </div>`,
    );
}

/** @param {App} app */
export function dialogView(app) {
    const { dialog } = app.ui;
    /* A new dialog is a new element: nothing typed in one may turn up in the next. */
    return repeat(
        dialog ? [dialog] : [],
        (shown) => shown.number,
        (shown) => oneDialog(app, shown),
    );
}

/**
 * @param {App} app
 * @param {import('../dialogs.js').Dialog} dialog
 */
function oneDialog(app, dialog) {
    if (dialog.kind === 'help') {
        return helpDialog(app);
    }
    const incident = app.store.incidents.get(dialog.incident);
    if (!incident) {
        return nothing;
    }
    switch (dialog.kind) {
        case 'escalate':
            return escalateDialog(app, incident);
        case 'close':
            return closeDialog(app, incident);
        case 'note':
            return noteDialog(app, incident);
        case 'attach':
            return attachDialog(app, incident);
        default:
            return revealDialog(app, incident);
    }
}
