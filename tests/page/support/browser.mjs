/** Headless Chromium for the tests: one browser, a fresh context for each test. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const require = createRequire(import.meta.url);
const AXE = require.resolve('axe-core/axe.min.js');

export const CHROMIUM =
    process.env.LARWM_CHROMIUM ??
    ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path)) ??
    '';

export async function launch() {
    return chromium.launch({
        executablePath: CHROMIUM,
        args: [
            '--no-sandbox',
            '--disable-gpu',
            '--disable-quic',
            '--no-first-run',
            '--disable-background-networking',
            '--disable-component-update',
            '--disable-sync',
        ],
    });
}

/**
 * A page that remembers everything that went wrong in it.
 * @param {import('playwright-core').Browser} browser
 * @param {object} [options]  of the context
 */
export async function openPage(browser, options = {}) {
    const context = await browser.newContext({
        viewport: { width: 1920, height: 1080 },
        colorScheme: 'light',
        ...options,
    });
    const page = await context.newPage();
    const faults = [];
    page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
    page.on('console', (message) => {
        const text = message.text();
        /* A socket that the test itself cut, and a 401 before log-in, are expected. */
        const expected = /WebSocket|status of 401|status of 429|ERR_CONNECTION/.test(text);
        if (message.type() === 'error' && !expected) {
            faults.push(`console: ${text}`);
        }
    });
    return { context, page, faults };
}

/**
 * @param {import('playwright-core').Page} page
 * @returns {Promise<string[]>} one line for each violation of WCAG 2.0 to 2.2, A and AA
 */
export async function axeViolations(page) {
    /* Through the debugging protocol, so the page's own content security policy stays on. */
    if (!(await page.evaluate(() => 'axe' in globalThis))) {
        const { readFile } = await import('node:fs/promises');
        await page.evaluate(await readFile(AXE, 'utf8'));
    }
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const found = await page.evaluate(
        (values) => globalThis.axe.run(document, { runOnly: { type: 'tag', values } }),
        tags,
    );
    return found.violations.map((violation) => {
        const where = violation.nodes.map((node) => `${node.target} ${node.failureSummary}`);
        return `${violation.id}: ${violation.help} at ${where.slice(0, 3).join(' | ')}`;
    });
}

/**
 * @param {import('playwright-core').Page} page
 * @param {{user?: string, password?: string}} [who]
 */
export async function logIn(page, { user = 'carys', password = 'correct' } = {}) {
    await page.fill('#user', user);
    await page.fill('#password', password);
    await page.press('#password', 'Enter');
    await page.waitForSelector('.live-bar[data-live="true"]');
}
