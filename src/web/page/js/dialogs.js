/**
 * Dialogs: opening, the keyboard inside, and what they send.
 *
 * @typedef {import('./app.js').App} App
 * @typedef {import('./types.js').Action} Action
 * @typedef {import('./types.js').Result} Result
 * @typedef {'escalate' | 'close' | 'note' | 'attach' | 'reveal' | 'help'} DialogKind
 *
 * @typedef {object} Dialog
 * @property {DialogKind} kind
 * @property {string} incident  it stays about this one, whatever is selected
 * @property {string} error
 * @property {string} outcome  chosen so far
 * @property {boolean} busy  its act waits for an answer
 * @property {boolean} painted  it has been on the screen: only then may a key send it
 * @property {number} number
 */
import { commandOf, isTyping } from './keys.js';
import { t } from './text.js';
import { isSent } from './view/police.js';
import { CLOSING_OUTCOMES } from './vocabulary.js';

export class Dialogs {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        /** Notes begun and not saved, by incident. @type {Map<string, string>} */
        this.drafts = new Map();
        /** @type {HTMLElement | null} */
        this.focusBefore = null;
        this.count = 0;
    }

    /**
     * @param {DialogKind} kind
     * @param {string} incident
     */
    open(kind, incident) {
        const active = document.activeElement;
        this.focusBefore = active instanceof HTMLElement ? active : null;
        this.count += 1;
        this.app.ui.dialog = {
            kind,
            incident,
            error: '',
            outcome: '',
            busy: false,
            painted: false,
            number: this.count,
        };
        this.app.draw();
    }

    close() {
        if (!this.app.ui.dialog) {
            return;
        }
        this.app.ui.dialog = null;
        this.app.draw();
        const back = this.focusBefore;
        this.focusBefore = null;
        requestAnimationFrame(() => {
            const usable = back?.isConnected && back !== document.body;
            (usable ? back : document.getElementById('card-title'))?.focus({ preventScroll: true });
        });
    }

    /** After each drawing: a dialog that is new on the screen gets the keyboard. */
    onDrawn() {
        const { dialog } = this.app.ui;
        const element = document.querySelector('dialog');
        if (!dialog || !element || dialog.painted) {
            return;
        }
        dialog.painted = true;
        element.show();
        const first = element.querySelector('[data-focus]') ?? element.querySelector('button');
        if (first instanceof HTMLElement) {
            first.focus();
        }
    }

    /** @param {KeyboardEvent} event */
    onKey(event) {
        if (event.key === 'Escape') {
            event.preventDefault();
            this.close();
            return;
        }
        if (event.key === 'Tab') {
            this.keepFocusInside(event);
            return;
        }
        if (event.repeat && event.key === 'Enter') {
            /* Enter held down since before the dialog opened must not send what nobody read. */
            event.preventDefault();
            return;
        }
        if (!this.app.ui.keysOn || event.repeat || isTyping(event.target)) {
            return;
        }
        const kind = this.app.ui.dialog?.kind;
        const command = commandOf(event);
        if (kind === 'escalate' && command === 'escalate') {
            event.preventDefault();
            void this.sendEscalation();
        } else if (kind === 'reveal' && command === 'reveal') {
            event.preventDefault();
            void this.sendReveal();
        } else if (kind === 'close' && /^[1-9]$/.test(event.key)) {
            const outcome = CLOSING_OUTCOMES[Number(event.key) - 1];
            if (outcome) {
                event.preventDefault();
                this.chooseOutcome(outcome);
            }
        }
    }

    /** @param {KeyboardEvent} event */
    keepFocusInside(event) {
        const dialog = document.querySelector('dialog');
        if (!dialog) {
            return;
        }
        const stops = /** @type {HTMLElement[]} */ ([
            ...dialog.querySelectorAll('button:enabled, input, textarea, [tabindex="0"]'),
        ]);
        const first = stops[0];
        const last = stops[stops.length - 1];
        if (event.shiftKey && document.activeElement === first) {
            event.preventDefault();
            last?.focus();
        } else if (!event.shiftKey && document.activeElement === last) {
            event.preventDefault();
            first?.focus();
        }
    }

    /**
     * Sends what a dialog asks for; the dialog stays, with the reason, when it is refused.
     * @param {Action} action
     * @param {string} said
     * @returns {Promise<Result | null>} null when it was refused or another one is under way
     */
    async fromDialog(action, said) {
        const { dialog } = this.app.ui;
        const incident = dialog ? this.app.store.incidents.get(dialog.incident) : undefined;
        if (!dialog || !incident || dialog.busy) {
            return null;
        }
        dialog.busy = true;
        dialog.error = '';
        this.app.draw();
        const result = await this.app.actOn(action, incident);
        dialog.busy = false;
        if (!result.ok) {
            dialog.error = this.app.refusalText(result);
            if (this.app.ui.dialog !== dialog) {
                this.app.say(dialog.error, 'refusal');
            }
            this.app.draw();
            return null;
        }
        if (this.app.ui.dialog === dialog) {
            this.close();
        }
        this.app.say(said);
        return result;
    }

    async sendEscalation() {
        const { dialog } = this.app.ui;
        const incident = dialog ? this.app.store.incidents.get(dialog.incident) : undefined;
        if (!dialog?.painted || !incident || isSent(incident)) {
            return;
        }
        await this.fromDialog({ kind: 'ACTION_ESCALATE' }, t('said.escalated'));
    }

    async sendReveal() {
        const id = this.app.ui.dialog?.incident ?? '';
        const result = await this.fromDialog({ kind: 'ACTION_REVEAL' }, t('said.revealed'));
        if (result) {
            this.app.ui.revealed = { incident: id, text: result.revealed || t('reveal.nothing') };
            this.app.draw();
        }
    }

    /** @param {string} outcome */
    chooseOutcome(outcome) {
        if (this.app.ui.dialog) {
            this.app.ui.dialog.outcome = outcome;
            this.app.ui.dialog.error = '';
            this.app.draw();
        }
    }

    /** @param {SubmitEvent} event */
    async submitClose(event) {
        event.preventDefault();
        const { dialog } = this.app.ui;
        if (!dialog) {
            return;
        }
        if (!dialog.outcome) {
            dialog.error = t('refusal.OUTCOME_MISSING');
            this.app.draw();
            return;
        }
        const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
        const text = String(form.get('text') ?? '').trim();
        const { outcome } = dialog;
        await this.fromDialog({ kind: 'ACTION_CLOSE', outcome, text }, t('said.closeddone'));
    }

    /** @param {SubmitEvent} event */
    async submitNote(event) {
        event.preventDefault();
        const { dialog } = this.app.ui;
        const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
        const text = String(form.get('text') ?? '').trim();
        if (!dialog) {
            return;
        }
        if (!text) {
            dialog.error = t('note.missing');
            this.app.draw();
            return;
        }
        const id = dialog.incident;
        if (await this.fromDialog({ kind: 'ACTION_NOTE', text }, t('said.noted'))) {
            this.drafts.delete(id);
        }
    }

    /**
     * @param {string} id
     * @param {Event} event
     */
    keepDraft(id, event) {
        this.drafts.set(id, /** @type {HTMLTextAreaElement} */ (event.target).value);
    }

    /** @param {KeyboardEvent} event */
    noteKey(event) {
        if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && !event.repeat) {
            event.preventDefault();
            /** @type {HTMLTextAreaElement} */ (event.target).form?.requestSubmit();
        }
    }

    /** @param {SubmitEvent} event */
    async submitAttach(event) {
        event.preventDefault();
        const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
        const target = String(form.get('target') ?? '').trim();
        if (!target && this.app.ui.dialog) {
            this.app.ui.dialog.error = t('attach.missing');
            this.app.draw();
            return;
        }
        await this.fromDialog({ kind: 'ACTION_ATTACH', target }, t('said.attached'));
    }
}
