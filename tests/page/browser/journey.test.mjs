/** The journey script itself, against the fake gateway: it passes, and it can fail. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { axeViolations, launch, openPage } from '../support/browser.mjs';
import { FakeGateway } from '../support/fake-gateway.mjs';
import { ago, sampleIncident } from '../support/sample.mjs';
import { until } from '../support/until.mjs';

const SCRIPT = fileURLToPath(new URL('../journey.mjs', import.meta.url));

/** Presses when the journey's shell command asks over a plain request. */
async function gatewayWithButton(t) {
    const gateway = new FakeGateway();
    let pressed = 0;
    const serveApi = gateway.serveApi.bind(gateway);
    gateway.serveApi = async (path, request, response) => {
        if (path === '/api/press-for-test') {
            pressed += 1;
            gateway.put(sampleIncident({ id: String(700 + pressed) }));
            response.writeHead(204).end();
        } else {
            await serveApi(path, request, response);
        }
    };
    await gateway.start();
    t.after(() => gateway.stop());
    return gateway;
}

function runJourney(gateway, changes = {}) {
    const env = {
        ...process.env,
        LARWM_WEB_URL: gateway.url,
        LARWM_DEMO_USER: 'carys',
        LARWM_DEMO_PASSWORD: 'correct',
        LARWM_PRESS_COMMAND: `node -e "fetch('${gateway.url}/api/press-for-test')"`,
        LARWM_SCREENSHOT_DIR: '',
        ...changes,
    };
    const child = spawn(process.execPath, [SCRIPT], { env });
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, text })));
}

test('the journey passes when every step is answered', async (t) => {
    const gateway = await gatewayWithButton(t);
    const done = runJourney(gateway);
    for (const id of ['701', '702']) {
        const state = () => gateway.incidents.get(id)?.escalation?.state;
        await until(() => state() === 'ESCALATION_QUEUED', `escalation of ${id}`, 40000);
        const log = { state: 'ESCALATION_ACCEPTED', answeredUs: ago(0), logNumber: '0413' };
        gateway.police(id, log);
    }
    const { code, text } = await done;
    assert.match(text, /journey: 14 passed, 0 failed/, text);
    assert.equal(code, 0);
});

test('the journey fails when the log-in is wrong', async (t) => {
    const gateway = await gatewayWithButton(t);
    gateway.lockedOut = true;
    gateway.addUser('carys', { password: 'another' });
    const { code, text } = await runJourney(gateway);
    assert.equal(code, 1, text);
    assert.match(text, /FAIL en: log in/);
});

test('without an address the journey is skipped, never passed', async (t) => {
    const gateway = await gatewayWithButton(t);
    const { code, text } = await runJourney(gateway, { LARWM_WEB_URL: '' });
    assert.equal(code, 77);
    assert.match(text, /skipped/);
});

test('axe does find a planted violation', async () => {
    const browser = await launch();
    const { page } = await openPage(browser);
    await page.setContent('<html lang="en"><title>x</title><img src="data:,"></html>');
    const violations = await axeViolations(page);
    await browser.close();
    assert.ok(violations.some((line) => line.startsWith('image-alt')));
});
