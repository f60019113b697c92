/** One gateway, one browser, one page for each test, and the checks every state must pass. */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { axeViolations, launch, logIn, openPage } from './browser.mjs';
import { FakeGateway } from './fake-gateway.mjs';

/** @type {import('playwright-core').Browser} */
let browser;

export function useBrowser() {
    before(async () => {
        browser = await launch();
    });
    after(async () => {
        await browser?.close();
    });
}

/**
 * @param {import('node:test').TestContext} t
 * @param {{setUp?: (gateway: FakeGateway) => void, context?: object, login?: object | false}} [how]
 */
export async function world(t, { setUp, context, login = {} } = {}) {
    const gateway = await new FakeGateway().start();
    setUp?.(gateway);
    const opened = await openPage(browser, context);
    t.after(async () => {
        await opened.context.close();
        await gateway.stop();
    });
    await opened.page.goto(gateway.url);
    await opened.page.waitForSelector('#user');
    if (login) {
        await logIn(opened.page, login);
    }
    return { gateway, ...opened };
}

/**
 * @param {import('playwright-core').Page} page
 * @param {string[]} faults
 * @param {string} state  for the message
 */
export async function sound(page, faults, state) {
    assert.deepEqual(await axeViolations(page), [], `axe: ${state}`);
    const text = await page.evaluate(() => document.body.innerText);
    assert.equal(text.includes('⟦'), false, `missing text: ${state}`);
    assert.deepEqual(faults, [], `faults in the page: ${state}`);
}

/**
 * Targets smaller than 24 by 24 pixels (WCAG 2.5.8).
 * @param {import('playwright-core').Page} page
 */
export async function smallTargets(page) {
    return page.evaluate(() => {
        const small = [];
        for (const element of document.querySelectorAll('button, input, textarea, a[href]')) {
            const target = element.closest('label') ?? element;
            const { width, height } = target.getBoundingClientRect();
            if (width > 0 && (width < 24 || height < 24)) {
                small.push(`${element.outerHTML.slice(0, 80)} ${width}x${height}`);
            }
        }
        return small;
    });
}
