/** Every state of the screen: no accessibility violation, in both languages and both themes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
    ago,
    sampleCard,
    sampleCase,
    sampleIncident,
    sampleMarker,
    sampleNight,
} from '../support/sample.mjs';
import { smallTargets, sound, useBrowser, world } from '../support/world.mjs';

useBrowser();

const ID = '281474976710779';
const nowUs = () => String(Date.now() * 1000);

async function walk({ gateway, page, faults }, check) {
    await check('empty queue');
    sampleNight().forEach((incident) => gateway.put(incident));
    gateway.put(sampleIncident());
    await page.waitForSelector(`.row[data-id="${ID}"]`);
    await check('P1 open');
    await page.click(`.row[data-id="${ID}"]`);
    await page.waitForSelector('.card[data-incident]');
    await check('card viewed, not claimed');
    await page.keyboard.press('k');
    await page.waitForSelector('.rows-mine .row');
    await check('claimed');
    await page.keyboard.press('e');
    await page.waitForSelector('dialog[open]');
    await check('escalate dialog');
    await page.keyboard.press('e');
    await page.waitForSelector('.police.escalation-queued');
    gateway.police(ID, { state: 'ESCALATION_SENT', sentUs: nowUs() });
    await page.waitForSelector('.police.escalation-sent');
    await check('sent');
    const accepted = { state: 'ESCALATION_ACCEPTED', answeredUs: nowUs(), logNumber: '0413' };
    gateway.police(ID, accepted, { kind: 'HISTORY_POLICE_ACCEPTED', text: '0413' });
    await page.waitForSelector('.log-number');
    await check('accepted');
    gateway.police(ID, { state: 'ESCALATION_REJECTED', rejection: 'URN not known' });
    await page.waitForSelector('.telephone-now');
    await check('rejected');
    gateway.police(ID, { state: 'ESCALATION_NO_ANSWER' });
    await page.waitForSelector('.police.escalation-no-answer');
    await check('no answer');
    for (const key of ['t', 'x', '?', 'e']) {
        await page.keyboard.press(key);
        await page.waitForSelector('dialog[open]');
        await check(`dialog of ${key}`);
        await page.keyboard.press('Escape');
        await page.waitForSelector('dialog', { state: 'detached' });
    }
    const marker = { lastKnown: 'MARKER_ACTIVE', lastKnownUs: ago(90) };
    const doubt = sampleCard({
        status: 'RESOLVE_CACHED',
        checkedUs: ago(300),
        marker: sampleMarker({ ...marker, status: 'MARKER_UNKNOWN' }),
        caseCard: sampleCase({ perpetratorResident: undefined }),
    });
    gateway.change(ID, { card: doubt, dueUs: ago(-2), dueFromUs: ago(18) });
    await page.waitForSelector('.marker.marker-unknown');
    await check('marker unknown, perpetrator unknown, countdown red');
    gateway.change(ID, { dueUs: ago(-9), dueFromUs: ago(11), pressCount: 3 });
    await page.waitForSelector('.due-amber');
    await check('countdown amber');
    gateway.change(ID, { card: { status: 'RESOLVE_CHECKED', checkedUs: ago(1), unit: 'SKY-99' } });
    await page.waitForSelector('.card .key-button:has-text("A")');
    await check('no case');
    gateway.setStatus({
        databaseUp: false,
        databaseSinceUs: ago(60),
        policeGatewayUp: false,
        notices: [{ kind: 'SYSTEM_DATABASE', sinceUs: ago(60), detail: 'connection refused' }],
    });
    await page.waitForSelector('.notice');
    await check('system alarm');
    gateway.ticking = false;
    await page.waitForSelector('.live-bar[data-live="false"]');
    await check('NOT LIVE');
    await page.keyboard.press('t');
    await page.waitForSelector('.dialog-not-live');
    await check('NOT LIVE in a dialog');
    assert.deepEqual(faults, []);
}

for (const language of ['en', 'cy']) {
    for (const colorScheme of ['light', 'dark']) {
        test(`every state passes axe in ${language}, ${colorScheme}`, async (t) => {
            const all = await world(t, {
                context: { colorScheme },
                setUp: (gateway) => gateway.addUser('carys', { password: 'correct', language }),
                login: false,
            });
            const { page, faults } = all;
            if (language === 'cy') {
                await page.click('.language button[lang="cy"]');
            }
            await sound(page, faults, 'log-in');
            await page.fill('#user', 'carys');
            await page.fill('#password', 'correct');
            await page.press('#password', 'Enter');
            await page.waitForSelector('.live-bar[data-live="true"]');
            assert.equal(await page.getAttribute('html', 'lang'), language);
            await walk(all, async (state) => {
                await sound(page, faults, state);
                assert.deepEqual(await smallTargets(page), [], `small targets: ${state}`);
            });
        });
    }
}

test('nothing is cut off at 200 % zoom, nor at 320 pixels', async (t) => {
    const { gateway, page } = await world(t, {
        setUp: (one) => sampleNight().forEach((incident) => one.put(incident)),
    });
    gateway.put(sampleIncident());
    await page.keyboard.press('n');
    await page.waitForSelector('.card[data-incident]');
    for (const [width, height] of [
        [1366, 768],
        [960, 540],
        [683, 384],
        [320, 640],
    ]) {
        await page.setViewportSize({ width, height });
        for (const language of ['en', 'cy']) {
            await page.click(`.language button[lang="${language}"]`);
            await page.waitForSelector(`html[lang="${language}"]`);
            const spill = await page.evaluate(
                () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
            );
            assert.ok(spill <= 0, `${width} wide, ${language}: ${spill} pixels too wide`);
        }
    }
});

test('at 1920 by 1080 the whole card is seen without scrolling', async (t) => {
    const { gateway, page } = await world(t);
    gateway.put(sampleIncident());
    await page.waitForSelector('.row');
    await page.keyboard.press('n');
    await page.waitForSelector('.card[data-incident]');
    const hidden = await page.evaluate(() => {
        const body = document.querySelector('.card-body');
        return {
            page: document.documentElement.scrollHeight - window.innerHeight,
            card: body.scrollHeight - body.clientHeight,
        };
    });
    assert.deepEqual(hidden, { page: 0, card: 0 });
});

test('nothing flashes but the symbol of an unclaimed P1', async (t) => {
    const { gateway, page } = await world(t);
    sampleNight().forEach((incident) => gateway.put(incident));
    gateway.put(sampleIncident());
    await page.waitForSelector(`.row[data-id="${ID}"]`);
    const flashing = await page.evaluate(() =>
        document.getAnimations().map((animation) => animation.effect.target.tagName),
    );
    assert.deepEqual(flashing, ['svg']);
});
