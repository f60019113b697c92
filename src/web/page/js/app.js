/**
 * The console: joins the link, the store, the operator's commands and the screen.
 *
 * @typedef {import('./types.js').Incident} Incident
 * @typedef {import('./types.js').Result} Result
 * @typedef {import('./types.js').Session} Session
 * @typedef {import('./text.js').Language} Language
 * @typedef {import('./dialogs.js').Dialog} Dialog
 */
import * as api from './api.js';
import { Actions } from './actions.js';
import { ServerClock } from './clock.js';
import { Commands } from './commands.js';
import { Dialogs } from './dialogs.js';
import { Link, SUBPROTOCOL } from './link.js';
import { queueRows } from './order.js';
import { readSetting, writeSetting } from './settings.js';
import { Sound } from './sound.js';
import { Store } from './store.js';
import { setLanguage, t, word } from './text.js';
import { REFUSALS } from './vocabulary.js';
import { Watch } from './watch.js';
import { rowPerson } from './view/queue.js';

const MESSAGE_SHOWN_MS = 8000;
const REFUSAL_SHOWN_MS = 30000;

/** @returns {{text: string, tone: 'info' | 'refusal', police: string, atMs: number}} */
function silence() {
    return { text: '', tone: 'info', police: '', atMs: 0 };
}

export class App {
    /** @param {() => void} draw  asks for the screen to be drawn soon */
    constructor(draw) {
        this.draw = draw;
        const now = () => performance.now();
        this.clock = new ServerClock(now);
        this.store = new Store(this.clock);
        this.sound = new Sound();
        this.watch = new Watch();
        this.ui = this.freshUi();
        this.actions = new Actions({
            send: (frame) => this.link.send(frame),
            later: (run, ms) => setTimeout(run, ms),
            cancel: (timer) => clearTimeout(timer),
        });
        this.link = this.makeLink();
        this.dialogs = new Dialogs(this);
        this.commands = new Commands(this);
        this.store.subscribe(() => this.onStore());
    }

    freshUi() {
        return {
            /** @type {'loading' | 'unreachable' | 'login' | 'console'} */
            screen: 'loading',
            /** @type {Session | null} */
            session: null,
            /** @type {import('./types.js').Config} */
            config: {},
            /** @type {string | null} */
            selected: null,
            /** @type {Dialog | null} */
            dialog: null,
            /** @type {{incident: string, text: string} | null} */
            revealed: null,
            message: silence(),
            spoken: { polite: '', assertive: '' },
            login: { error: '', retryAfterS: 0, totp: false, busy: false, ended: false },
            keysOn: readSetting('keys') !== 'off',
        };
    }

    makeLink() {
        return new Link({
            store: this.store,
            open: () => {
                const url = new URL('/ws', location.href);
                url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
                return new WebSocket(url, SUBPROTOCOL);
            },
            later: (run, ms) => setTimeout(run, ms),
            cancel: (timer) => clearTimeout(timer),
            random: Math.random,
            onDuty: () => true,
            onFrame: (frame) => {
                if (frame.result) {
                    this.actions.settle(frame.result);
                } else if (frame.snapshot?.last) {
                    this.adoptOwn();
                }
            },
            onLink: (up) => {
                if (!up) {
                    this.actions.linkLost();
                }
                this.draw();
            },
            onRefused: () => void this.checkSession(),
        });
    }

    /* ---- start, log-in, log-out ---- */

    async start() {
        try {
            const session = await api.getSession();
            if (session) {
                await this.enter(session);
            } else {
                this.ui.screen = 'login';
            }
        } catch {
            this.ui.screen = 'unreachable';
            setTimeout(() => void this.start(), 2000);
        }
        this.draw();
    }

    /** @param {Session} session */
    async enter(session) {
        this.ui.session = session;
        const wanted = readSetting('language') || session.language;
        if (wanted === 'en' || wanted === 'cy') {
            this.useLanguage(wanted);
        }
        this.ui.config = await api.getConfig().catch(() => ({}));
        this.ui.screen = 'console';
        this.ui.login = { error: '', retryAfterS: 0, totp: false, busy: false, ended: false };
        this.link.start();
        this.draw();
    }

    /** @param {SubmitEvent} event */
    async submitLogin(event) {
        event.preventDefault();
        const form = /** @type {HTMLFormElement} */ (event.target);
        const data = new FormData(form);
        const totp = String(data.get('totp') ?? '').trim();
        this.ui.login.busy = true;
        this.draw();
        const answer = await api.login({
            user: String(data.get('user') ?? '').trim(),
            password: String(data.get('password') ?? ''),
            ...(totp ? { totp } : {}),
        });
        this.ui.login.busy = false;
        if ('session' in answer) {
            form.reset();
            await this.enter(answer.session);
            return;
        }
        this.ui.login.error = answer.error;
        this.ui.login.retryAfterS = answer.retryAfterS;
        this.ui.login.totp = this.ui.login.totp || answer.error === 'TOTP_REQUIRED';
        this.draw();
        const next = answer.error === 'TOTP_REQUIRED' ? 'totp' : 'password';
        requestAnimationFrame(() => document.getElementById(next)?.focus());
    }

    async logOut() {
        this.leave(false);
        await api.logout();
    }

    /** @param {boolean} ended  the session ended by itself */
    leave(ended) {
        this.link.stop();
        this.store.reset();
        this.watch.reset();
        this.dialogs.drafts.clear();
        const { config } = this.ui;
        this.ui = this.freshUi();
        this.ui.config = config;
        this.ui.screen = 'login';
        this.ui.login.ended = ended;
        this.draw();
    }

    async checkSession() {
        const session = await api.getSession().catch(() => undefined);
        if (session === null) {
            this.leave(true);
        }
    }

    /* ---- what the views ask ---- */

    nowUs() {
        return this.clock.nowUs();
    }

    user() {
        return this.store.user || this.ui.session?.user || '';
    }

    role() {
        const role = this.store.role;
        return role === 'ROLE_NONE' ? (this.ui.session?.role ?? 'ROLE_NONE') : role;
    }

    isSupervisor() {
        return this.role() === 'ROLE_SUPERVISOR';
    }

    /** @param {Incident} incident */
    isMine(incident) {
        return incident.owner !== undefined && incident.owner === this.user();
    }

    /** @returns {Incident | undefined} */
    selectedIncident() {
        const { selected } = this.ui;
        return selected === null ? undefined : this.store.incidents.get(selected);
    }

    /* ---- language, sound, settings ---- */

    /** @param {Language} language */
    useLanguage(language) {
        setLanguage(language);
        document.documentElement.lang = language;
    }

    /** @param {Language} language */
    chooseLanguage(language) {
        this.useLanguage(language);
        writeSetting('language', language);
        this.ui.message = silence();
        this.draw();
    }

    testSound() {
        this.sound.arm();
        this.sound.play('p1');
        this.draw();
    }

    toggleSound() {
        if (this.sound.on) {
            this.sound.disarm();
        } else {
            this.sound.arm();
            this.sound.play('other');
        }
        this.draw();
    }

    /** @param {Event} event */
    switchKeys(event) {
        const box = /** @type {HTMLInputElement} */ (event.target);
        this.ui.keysOn = box.checked;
        writeSetting('keys', box.checked ? 'on' : 'off');
        this.draw();
    }

    /* ---- what the centre says ---- */

    onStore() {
        this.notice();
        this.draw();
    }

    /** After a reload, or a return, the alarm this operator holds is opened again. */
    adoptOwn() {
        if (this.ui.selected !== null) {
            return;
        }
        const { mine } = queueRows(this.store.incidents.values(), this.user());
        if (mine.length > 0) {
            this.commands.openIncident(mine[0].id ?? '0');
        }
    }

    /** Called at every change and four times a second: sounds and spoken announcements. */
    notice() {
        if (this.ui.screen !== 'console' || !this.store.synced || this.store.staging) {
            return;
        }
        const notice = this.watch.look(this.store.incidents.values(), {
            nowUs: this.nowUs(),
            nowMs: performance.now(),
            live: this.store.live,
            user: this.user(),
        });
        for (const sound of notice.sounds) {
            this.sound.play(sound);
        }
        for (const incident of notice.fresh) {
            const text = t('spoken.alarm', {
                priority: word(incident.priority ?? 'PRIORITY_NONE'),
                kind: word(incident.kind ?? 'SIGNAL_UNKNOWN'),
                person: rowPerson(incident),
            });
            this.speak(incident.priority === 'PRIORITY_P1' ? 'assertive' : 'polite', text);
        }
        if (notice.sounds.includes('notlive')) {
            this.speak('assertive', t('spoken.notlive'));
        }
    }

    /**
     * For a screen reader. The same words twice are only read twice when they differ.
     * @param {'polite' | 'assertive'} region
     * @param {string} text
     */
    speak(region, text) {
        const same = this.ui.spoken[region] === text;
        this.ui.spoken[region] = same ? `${text}\u00a0` : text;
    }

    /**
     * @param {string} text
     * @param {'info' | 'refusal'} [tone]
     */
    say(text, tone = 'info') {
        const police = this.selectedIncident()?.escalation?.state ?? '';
        this.ui.message = { text, tone, police, atMs: performance.now() };
        this.speak('polite', text);
        this.draw();
    }

    /**
     * @param {import('./types.js').Action} action
     * @param {Incident} incident
     */
    actOn(action, incident) {
        return this.actions.act({
            ...action,
            incident: incident.id ?? '0',
            epoch: incident.epoch ?? 0,
        });
    }

    hush() {
        this.ui.message = silence();
    }

    /**
     * A message goes with time, and as soon as the police's answer says more than it does.
     */
    currentMessage() {
        const { message } = this.ui;
        const limit = message.tone === 'refusal' ? REFUSAL_SHOWN_MS : MESSAGE_SHOWN_MS;
        const police = this.selectedIncident()?.escalation?.state ?? '';
        const old = performance.now() - message.atMs > limit;
        return old || police !== message.police ? silence() : message;
    }

    /** @param {Result} result */
    refusalText(result) {
        const code = result.refusal ?? '';
        const text = REFUSALS.includes(code)
            ? t(`refusal.${code}`)
            : t('refusal.other', { code: code || t('none.dash') });
        return result.detail ? t('refusal.detail', { text, detail: result.detail }) : text;
    }

    /** @returns {string} the browser tab: seen when another window is in front */
    documentTitle() {
        if (this.ui.screen !== 'console') {
            return t('title.plain');
        }
        if (!this.store.live) {
            return t('title.notlive');
        }
        let waiting = 0;
        for (const incident of this.store.incidents.values()) {
            waiting += incident.state === 'INCIDENT_OPEN' ? 1 : 0;
        }
        return waiting > 0 ? t('title.waiting', { n: waiting }) : t('title.plain');
    }
}
