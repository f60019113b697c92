/**
 * What the operator commands by key or button, outside of dialogs.
 *
 * @typedef {import('./app.js').App} App
 * @typedef {import('./types.js').Incident} Incident
 * @typedef {import('./keys.js').Command} Command
 */
import { commandOf } from './keys.js';
import { queueRows } from './order.js';
import { t } from './text.js';
import { locationText } from './view/side.js';

/** Next is asked again by itself this often when another console was faster. */
const NEXT_TRIES_MAX = 3;

export class Commands {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        /** @type {string | null} */
        this.queueFocus = null;
        /** One press of N is one alarm. */
        this.claiming = false;
    }

    /** @param {KeyboardEvent} event */
    onKey(event) {
        if (this.app.ui.screen !== 'console') {
            return;
        }
        if (this.app.ui.dialog) {
            this.app.dialogs.onKey(event);
            return;
        }
        if (!this.app.ui.keysOn) {
            return;
        }
        const command = commandOf(event);
        if (command) {
            event.preventDefault();
            this.run(command);
        }
    }

    /** @param {Command} command */
    run(command) {
        this.app.hush();
        switch (command) {
            case 'next':
                void this.claimNext();
                break;
            case 'silence':
                this.app.watch.silence(this.app.store.incidents.values());
                this.app.say(t('said.silenced'));
                break;
            case 'queue':
                this.focusQueue();
                break;
            case 'help':
                this.app.dialogs.open('help', '');
                break;
            default:
                this.runOnCard(command);
        }
        this.app.draw();
    }

    /** @param {Command} command */
    runOnCard(command) {
        const incident = this.app.selectedIncident();
        if (!incident) {
            this.app.say(t('said.nocard'), 'refusal');
            return;
        }
        const id = incident.id ?? '0';
        if (command === 'note') {
            this.app.dialogs.open('note', id);
        } else if (command === 'copy') {
            void this.copyLocation(incident);
        } else if (incident.state === 'INCIDENT_CLOSED') {
            this.app.say(t('said.closed'), 'refusal');
        } else if (command === 'claim') {
            void this.plain('ACTION_CLAIM', incident, t('said.claimed'));
        } else if (command === 'attach' || command === 'reveal') {
            this.runWithoutCase(command, incident);
        } else if (!this.app.isMine(incident) && !this.app.isSupervisor()) {
            this.app.say(t('said.notmine'), 'refusal');
        } else if (command === 'release') {
            void this.plain('ACTION_RELEASE', incident, t('said.released'));
        } else if (command === 'escalate' || command === 'close') {
            this.app.dialogs.open(command, id);
        }
    }

    /**
     * @param {'attach' | 'reveal'} command
     * @param {Incident} incident
     */
    runWithoutCase(command, incident) {
        if (incident.card?.caseCard) {
            this.app.say(t('said.hascase'), 'refusal');
        } else if (command === 'reveal' && !this.app.isSupervisor()) {
            this.app.say(t('refusal.NOT_ALLOWED'), 'refusal');
        } else {
            this.app.dialogs.open(command, incident.id ?? '0');
        }
    }

    /**
     * The centre picks; whoever is second gets the one after, never a dialog.
     */
    async claimNext() {
        if (this.claiming) {
            return;
        }
        this.claiming = true;
        await this.askNext();
        this.claiming = false;
    }

    async askNext() {
        for (let tried = 1; ; tried += 1) {
            const result = await this.app.actions.act({ kind: 'ACTION_NEXT' });
            if (result.ok && result.incident) {
                this.select(result.incident);
                this.app.say(t('said.claimed'));
                return;
            }
            const lostRace = result.refusal === 'TAKEN' || result.refusal === 'STALE';
            if (!lostRace || tried === NEXT_TRIES_MAX) {
                const calm = result.refusal === 'NOTHING_WAITING';
                this.app.say(this.app.refusalText(result), calm ? 'info' : 'refusal');
                return;
            }
        }
    }

    /**
     * @param {string} kind
     * @param {Incident} incident
     * @param {string} said  when it succeeds
     */
    async plain(kind, incident, said) {
        const result = await this.app.actOn({ kind }, incident);
        if (result.ok) {
            this.app.say(said);
        } else {
            this.app.say(this.app.refusalText(result), 'refusal');
        }
    }

    /**
     * Opening a card is a disclosure: the centre is told, so that the audit has it. REQ E6
     * @param {string} id
     */
    openIncident(id) {
        if (this.app.ui.selected === id) {
            this.focusCard();
            return;
        }
        this.select(id);
        void this.app.actions.act({ kind: 'ACTION_VIEW', incident: id }).then((result) => {
            if (!result.ok) {
                this.app.say(this.app.refusalText(result), 'refusal');
            }
        });
    }

    /** @param {string} id */
    select(id) {
        this.app.dialogs.close();
        this.app.ui.selected = id;
        this.app.ui.revealed = null;
        this.app.hush();
        this.queueFocus = id;
        this.app.store.pin(id);
        this.app.draw();
        this.focusCard();
    }

    focusCard() {
        requestAnimationFrame(() => {
            document.getElementById('card-title')?.focus({ preventScroll: true });
            const body = document.querySelector('.card-body');
            if (body) {
                body.scrollTop = 0;
            }
        });
    }

    /** @param {Incident} incident */
    async copyLocation(incident) {
        const text = locationText(incident);
        if (!text) {
            this.app.say(t('said.nolocation'), 'refusal');
            return;
        }
        try {
            await navigator.clipboard.writeText(text);
            this.app.say(t('said.copied', { text: text.replaceAll('\n', ' · ') }));
        } catch {
            this.app.say(t('said.copyfailed'), 'refusal');
        }
    }

    /** @returns {string | null} the one row that Tab reaches */
    queueFocusId() {
        const { mine, others } = queueRows(this.app.store.incidents.values(), this.app.user());
        const ids = [...mine, ...others].map((incident) => incident.id ?? '0');
        if (this.queueFocus !== null && ids.includes(this.queueFocus)) {
            return this.queueFocus;
        }
        return ids[0] ?? null;
    }

    focusQueue() {
        const row = document.querySelector('.row[tabindex="0"]');
        if (row instanceof HTMLElement) {
            row.focus();
        }
    }

    /** @param {KeyboardEvent} event */
    queueKey(event) {
        const steps = /** @type {{[key: string]: number}} */ ({ ArrowDown: 1, ArrowUp: -1 });
        const step = steps[event.key];
        if (step === undefined && event.key !== 'Home' && event.key !== 'End') {
            return;
        }
        event.preventDefault();
        const rows = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('.row')]);
        const at = rows.findIndex((row) => row === document.activeElement);
        let to = event.key === 'End' ? rows.length - 1 : 0;
        if (step !== undefined) {
            to = Math.min(rows.length - 1, Math.max(0, at + step));
        }
        this.queueFocus = rows[to]?.dataset.id ?? null;
        rows[to]?.focus();
        this.app.draw();
    }
}
