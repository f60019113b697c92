/**
 * The whole journey against a running system: press, see it, claim it, send it to the police,
 * see the answer, close it; in English and in Welsh, with axe in every state.
 *
 *   LARWM_WEB_URL          address of the console
 *   LARWM_DEMO_USER        an operator, and LARWM_DEMO_PASSWORD
 *   LARWM_PRESS_COMMAND    shell command that presses one alarm
 *   LARWM_DAEMON_PID       of larwmd: it is frozen for a moment, the page must say NOT LIVE (not
 *                          required)
 *   LARWM_SCREENSHOT_DIR   pictures of every state are written there (not required)
 *
 * Prints a line for each step with its time. Exit code 0 passed, 1 failed, 77 cannot run here.
 */
import { exec } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CHROMIUM, axeViolations, launch, openPage } from './support/browser.mjs';

const STEP_MS_MAX = 15000;
const ANSWER_MS_MAX = 45000;
const NOT_LIVE_MS_MAX = 3000;

const env = process.env;
const shell = promisify(exec);
let passed = 0;
let failed = 0;

/**
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} run
 * @returns {Promise<T>}
 */
async function step(name, run) {
    const from = performance.now();
    try {
        const value = await run();
        passed += 1;
        console.log(`ok   ${name} (${Math.round(performance.now() - from)} ms)`);
        return value;
    } catch (error) {
        failed += 1;
        console.log(`FAIL ${name}: ${error instanceof Error ? error.message : error}`);
        throw error;
    }
}

class Journey {
    constructor(page, faults, language) {
        this.page = page;
        this.faults = faults;
        this.language = language;
        this.shots = 0;
        page.setDefaultTimeout(STEP_MS_MAX);
    }

    /** A state is good when axe finds nothing, no word is missing and no error was thrown. */
    async check(state) {
        const { page } = this;
        if (env.LARWM_SCREENSHOT_DIR) {
            this.shots += 1;
            const name = `${this.language}-${this.shots}-${state.replaceAll(' ', '-')}.png`;
            await page.screenshot({ path: join(env.LARWM_SCREENSHOT_DIR, name) });
        }
        const faults = [...(await axeViolations(page)), ...this.faults];
        const text = await page.evaluate(() => document.body.innerText);
        if (text.includes('⟦')) {
            faults.push('a word is missing from the catalogue');
        }
        if (faults.length > 0) {
            throw new Error(`${state}: ${faults.join('\n')}`);
        }
    }

    async logIn() {
        const { page } = this;
        await page.goto(env.LARWM_WEB_URL ?? '');
        await page.click(`.language button[lang="${this.language}"]`);
        await this.check('log in');
        await page.fill('#user', env.LARWM_DEMO_USER ?? '');
        await page.fill('#password', env.LARWM_DEMO_PASSWORD ?? '');
        await page.press('#password', 'Enter');
        await page.waitForSelector('.live-bar[data-live="true"]');
        await this.check('queue');
    }

    async rows() {
        return this.page.evaluate(() =>
            [...document.querySelectorAll('.row')].map((row) => row.dataset.id),
        );
    }

    /** @returns {Promise<string>} the new incident */
    async press() {
        const { page } = this;
        const before = await this.rows();
        await shell(env.LARWM_PRESS_COMMAND ?? '', { timeout: STEP_MS_MAX });
        const handle = await page.waitForFunction((known) => {
            const rows = [...document.querySelectorAll('.row.priority-p1.open')];
            return rows.find((row) => !known.includes(row.dataset.id))?.dataset.id;
        }, before);
        await this.check('alarm in the queue');
        return handle.jsonValue();
    }

    /** N takes what the centre picks; anything older goes back and ours is claimed by itself. */
    async claim(id) {
        const { page } = this;
        await page.keyboard.press('n');
        await page.waitForSelector('.card[data-state="INCIDENT_CLAIMED"]');
        const got = await page.getAttribute('.card', 'data-incident');
        if (got !== id) {
            console.log('     an older alarm came first: released');
            await page.keyboard.press('r');
            await page.waitForSelector('.card[data-state="INCIDENT_OPEN"]');
            await page.click(`.row[data-id="${id}"]`);
            await page.waitForSelector(`.card[data-incident="${id}"]`);
            await page.keyboard.press('k');
        }
        await page.waitForSelector(`.card[data-incident="${id}"][data-state="INCIDENT_CLAIMED"]`);
        await this.check('claimed');
    }

    async escalate() {
        const { page } = this;
        await page.keyboard.press('e');
        await page.waitForSelector('dialog[open]');
        const message = (await page.textContent('.escalate-message'))?.trim();
        if (!message) {
            throw new Error('the dialog shows no message');
        }
        await this.check('escalate dialog');
        if ((await page.locator('dialog .danger').count()) === 0) {
            console.log('     the centre had sent it by itself already');
            await page.keyboard.press('Escape');
        } else {
            await page.keyboard.press('e');
        }
        await page.waitForSelector('dialog', { state: 'detached' });
        await page.waitForSelector('.police:not(.escalation-none)');
    }

    async accepted() {
        const { page } = this;
        await page.waitForSelector('.police.escalation-accepted .log-number', {
            timeout: ANSWER_MS_MAX,
        });
        await this.check('accepted');
    }

    /** A frozen daemon: NOT LIVE within three seconds, and live again when it goes on. */
    async frozen(pid) {
        const { page } = this;
        process.kill(pid, 'SIGSTOP');
        const from = performance.now();
        try {
            await page.waitForSelector('.live-bar[data-live="false"]');
            const took = performance.now() - from;
            if (took > NOT_LIVE_MS_MAX) {
                throw new Error(`NOT LIVE only after ${Math.round(took)} ms`);
            }
            await this.check('not live');
        } finally {
            process.kill(pid, 'SIGCONT');
        }
        await page.waitForSelector('.live-bar[data-live="true"]');
    }

    async note() {
        const { page } = this;
        await page.keyboard.press('t');
        await page.waitForSelector('dialog[open] textarea:focus');
        await page.keyboard.type('Nodyn / note 1');
        await page.keyboard.press('Enter');
        await page.waitForSelector('#timeline :text("Nodyn / note 1")');
    }

    async close() {
        const { page } = this;
        await page.keyboard.press('x');
        await page.waitForSelector('dialog[open]');
        await this.check('close dialog');
        await page.keyboard.press('1');
        await page.keyboard.press('Enter');
        await page.waitForSelector('.card[data-state="INCIDENT_CLOSED"]');
        await this.check('closed');
    }
}

async function run(browser, language) {
    const { context, page, faults } = await openPage(browser, { ignoreHTTPSErrors: true });
    const journey = new Journey(page, faults, language);
    try {
        await step(`${language}: log in`, () => journey.logIn());
        const id = await step(`${language}: press and see it`, () => journey.press());
        await step(`${language}: claim with N`, () => journey.claim(id));
        await step(`${language}: escalate with E E`, () => journey.escalate());
        await step(`${language}: the police accept`, () => journey.accepted());
        if (env.LARWM_DAEMON_PID) {
            await step(`${language}: a frozen server is NOT LIVE within 3 s`, () =>
                journey.frozen(Number(env.LARWM_DAEMON_PID)),
            );
        }
        await step(`${language}: note`, () => journey.note());
        await step(`${language}: close with an outcome`, () => journey.close());
    } finally {
        await context.close();
    }
}

async function main() {
    const needed = ['LARWM_WEB_URL', 'LARWM_DEMO_USER', 'LARWM_PRESS_COMMAND'];
    const missing = needed.filter((name) => !env[name]);
    if (missing.length > 0 || !CHROMIUM) {
        console.log(`journey: skipped: ${CHROMIUM ? `${missing} not set` : 'no Chromium here'}`);
        process.exit(77);
    }
    if (env.LARWM_SCREENSHOT_DIR) {
        mkdirSync(env.LARWM_SCREENSHOT_DIR, { recursive: true });
    }
    const browser = await launch();
    for (const language of ['en', 'cy']) {
        await run(browser, language).catch(() => {});
    }
    await browser.close();
    console.log(`journey: ${passed} passed, ${failed} failed`);
    process.exit(failed === 0 ? 0 : 1);
}

await main();
