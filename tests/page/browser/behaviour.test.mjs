/** What the page does: keys, refusals, live and not live, resuming, log-in. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logIn } from '../support/browser.mjs';
import { MESSAGE, ago, sampleCard, sampleIncident, sampleNight } from '../support/sample.mjs';
import { until } from '../support/until.mjs';
import { sound, useBrowser, world } from '../support/world.mjs';

useBrowser();

const ID = '281474976710779';
const kinds = (gateway) => gateway.received.map((action) => action.kind);

async function withAlarm(t, how) {
    const all = await world(t, how);
    all.gateway.put(sampleIncident());
    await all.page.waitForSelector(`.row[data-id="${ID}"]`);
    return all;
}

async function withClaimed(t, how) {
    const all = await withAlarm(t, how);
    await all.page.keyboard.press('n');
    await all.page.waitForSelector('.rows-mine .row');
    return all;
}

test('from log-in to closed with the keyboard alone, three keys from alarm to sent', async (t) => {
    const { gateway, page, faults } = await world(t, { login: false });
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.type('carys');
    await page.keyboard.press('Tab');
    await page.keyboard.type('correct');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.live-bar[data-live="true"]');
    gateway.put(sampleIncident());
    await page.waitForSelector('.row');

    await page.keyboard.press('n');
    await page.waitForSelector('.rows-mine .row');
    await page.keyboard.press('e');
    await page.waitForSelector('dialog[open]');
    assert.equal((await page.textContent('.escalate-message')).trim(), MESSAGE);
    assert.match(await page.textContent('.escalate-force'), /South Wales Police.*01632 960123/);
    await page.keyboard.press('e');
    await page.waitForSelector('.police.escalation-queued');
    assert.deepEqual(kinds(gateway), ['ACTION_NEXT', 'ACTION_ESCALATE']);

    const log = { state: 'ESCALATION_ACCEPTED', answeredUs: ago(0), logNumber: '0413' };
    gateway.police(ID, log, { kind: 'HISTORY_POLICE_ACCEPTED', text: '0413' });
    await page.waitForSelector('.log-number:has-text("0413")');
    await page.keyboard.press('t');
    await page.waitForSelector('dialog[open]');
    await page.keyboard.type('Next of kin on the way');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.timeline :text("Next of kin on the way")');
    await page.keyboard.press('x');
    await page.waitForSelector('dialog[open]');
    await page.keyboard.press('1');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.card[data-state="INCIDENT_CLOSED"]');
    assert.equal(gateway.received.at(-1).outcome, 'OUTCOME_POLICE_ATTENDED');
    assert.equal(await page.locator('.row').count(), 0);
    assert.deepEqual(faults, []);
});

test('Enter sends what the dialog shows, too', async (t) => {
    const { gateway, page } = await withClaimed(t);
    await page.keyboard.press('e');
    await page.waitForSelector('dialog[open] [data-focus]:focus');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.police.escalation-queued');
    assert.equal(kinds(gateway).filter((kind) => kind === 'ACTION_ESCALATE').length, 1);
});

test('a key held down never sends', async (t) => {
    const { gateway, page } = await withClaimed(t);
    await page.keyboard.down('e');
    await page.waitForSelector('dialog[open]');
    await page.keyboard.down('e');
    await page.keyboard.down('e');
    await page.keyboard.up('e');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    assert.equal(kinds(gateway).includes('ACTION_ESCALATE'), false);
});

test('what is already sent cannot be sent again', async (t) => {
    const { gateway, page } = await withClaimed(t);
    gateway.police(ID, { state: 'ESCALATION_SENT', sentUs: ago(1) });
    await page.waitForSelector('.police.escalation-sent');
    await page.keyboard.press('e');
    await page.waitForSelector('dialog[open]');
    assert.equal(await page.locator('dialog .danger').count(), 0);
    await page.keyboard.press('e');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    assert.equal(kinds(gateway).includes('ACTION_ESCALATE'), false);
});

test('a rejection shows the reason, the number and what to say in large type', async (t) => {
    const { gateway, page } = await withClaimed(t);
    gateway.police(ID, { state: 'ESCALATION_REJECTED', rejection: 'URN not known' });
    await page.waitForSelector('.telephone-why:has-text("URN not known")');
    assert.match(await page.textContent('.telephone-number'), /01632 960123/);
    assert.equal((await page.textContent('.script')).trim(), MESSAGE);
    const size = await page.evaluate(
        () => getComputedStyle(document.querySelector('.telephone-number')).fontSize,
    );
    assert.ok(parseFloat(size) >= 22);
});

test('opening a row discloses and does not claim', async (t) => {
    const { gateway, page } = await withAlarm(t);
    await page.click('.row');
    await page.waitForSelector('.card[data-incident]');
    await until(() => gateway.received.length > 0, 'an action');
    assert.deepEqual(kinds(gateway), ['ACTION_VIEW']);
    assert.equal(gateway.incidents.get(ID).owner, undefined);
});

test('safe contact comes before everything else on the card', async (t) => {
    const { page } = await withClaimed(t);
    const order = await page.evaluate(() =>
        [...document.querySelector('.card-body').children].map((one) => one.className),
    );
    assert.match(order[0], /hazards/);
    assert.match(order[1], /contact/);
});

/* REQ B8 TEST */
test('a perpetrator at the address, or not known, forbids call and speech', async (t) => {
    const { gateway, page } = await withClaimed(t);
    assert.equal(await page.locator('.residence').count(), 0);
    for (const [perpetratorResident, words] of [
        ['RESIDENCE_YES', 'is believed to live at the address'],
        [undefined, 'It is not known whether the perpetrator lives'],
    ]) {
        const card = sampleCard();
        Object.assign(card.caseCard, { perpetratorResident, mayCall: true, maySpeak: true });
        gateway.change(ID, { card });
        await page.waitForSelector(`.residence:has-text("${words}")`);
        assert.match(await page.textContent('.residence'), /DO NOT CALL, DO NOT SPEAK/);
        const allowed = await page.locator('.permission.allowed').allTextContents();
        assert.deepEqual(
            allowed.map((text) => text.trim().split(/\s+/)[0]),
            ['Text'],
        );
    }
});

/* REQ B1 TEST */
test('a lapsed marker is never hidden', async (t) => {
    const { gateway, page } = await withClaimed(t);
    const card = sampleCard();
    Object.assign(card.marker, { status: 'MARKER_LAPSED', validToUs: ago(3 * 86400) });
    gateway.change(ID, { card });
    await page.waitForSelector('.marker-headline:has-text("LAPSED: ended")');
    assert.match(await page.textContent('.marker'), /SWP-DA-5521/);
});

test('closing without an outcome is refused here and by the centre', async (t) => {
    const { gateway, page } = await withClaimed(t);
    await page.keyboard.press('x');
    await page.waitForSelector('dialog[open]');
    await page.click('dialog button[type="submit"]');
    await page.waitForSelector('.form-error:has-text("Choose an outcome")');
    assert.equal(kinds(gateway).includes('ACTION_CLOSE'), false);
    gateway.refuse.set('ACTION_CLOSE', { refusal: 'OUTCOME_MISSING' });
    await page.keyboard.press('2');
    await page.click('dialog button[type="submit"]');
    await until(() => kinds(gateway).includes('ACTION_CLOSE'), 'the close');
    await page.waitForSelector('.form-error:has-text("Choose an outcome")');
});

test('refusals are words with their detail, and nothing modal', async (t) => {
    const { gateway, page } = await withAlarm(t);
    await page.click('.row');
    for (const [refusal, words] of [
        ['TAKEN', 'Another operator has taken it. (branwen)'],
        ['JOURNAL_DOWN', 'cannot write its journal'],
        ['SOMETHING_NEW', 'Refused: SOMETHING_NEW'],
    ]) {
        gateway.refuse.set('ACTION_CLAIM', { refusal, detail: 'branwen' });
        await page.keyboard.press('k');
        await page.waitForSelector(`.message:has-text("${words}")`);
        assert.equal(await page.locator('dialog').count(), 0);
    }
});

test('losing the race for the next alarm gives the one after', async (t) => {
    const { gateway, page } = await withAlarm(t);
    gateway.refuse.set('ACTION_NEXT', { refusal: 'TAKEN', detail: 'branwen' });
    await page.keyboard.press('n');
    await page.waitForSelector('.rows-mine .row');
    assert.deepEqual(kinds(gateway), ['ACTION_NEXT', 'ACTION_NEXT']);
    assert.equal(await page.locator('dialog').count(), 0);
});

test('an empty queue says so', async (t) => {
    const { page } = await world(t);
    await page.waitForSelector('.queue-empty');
    await page.keyboard.press('n');
    await page.waitForSelector('.message:has-text("No alarm is waiting")');
});

test('keys rest while somebody types and can be switched off', async (t) => {
    const { gateway, page } = await withClaimed(t);
    await page.keyboard.press('t');
    await page.waitForSelector('textarea:focus');
    await page.keyboard.type('next exit key');
    assert.equal(await page.inputValue('textarea'), 'next exit key');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    await page.keyboard.press('t');
    await page.waitForSelector('textarea:focus');
    assert.equal(await page.inputValue('textarea'), 'next exit key', 'the draft is kept');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    await page.keyboard.press('?');
    await page.waitForSelector('.dialog-help input:focus');
    await page.keyboard.press('Space');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    const before = gateway.received.length;
    await page.keyboard.press('e');
    await page.click('.actions button:has-text("Note")');
    await page.waitForSelector('.dialog-note');
    assert.equal(await page.locator('.dialog-escalate').count(), 0);
    assert.equal(gateway.received.length, before);
});

test('the keyboard stays in a dialog and returns where it was', async (t) => {
    const { page } = await withClaimed(t);
    await page.focus('.actions button:has-text("Close")');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog[open]');
    for (let n = 0; n < 20; n += 1) {
        await page.keyboard.press('Tab');
        assert.ok(await page.evaluate(() => document.activeElement.closest('dialog') !== null));
    }
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => document.activeElement.textContent.includes('Close'));
});

test('the queue is walked with arrows and opened with Enter', async (t) => {
    const { gateway, page } = await world(t, {
        setUp: (one) => sampleNight().forEach((incident) => one.put(incident)),
    });
    await page.keyboard.press('q');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.card[data-incident="2002"]');
    assert.equal(gateway.received[0].incident, '2002');
});

test('NOT LIVE within three seconds of the last tick, and live again with the next', async (t) => {
    const { gateway, page } = await withClaimed(t);
    gateway.ticking = false;
    const from = Date.now();
    await page.waitForSelector('.live-bar[data-live="false"]', { timeout: 3000 });
    assert.ok(Date.now() - from < 3000, `${Date.now() - from} ms`);
    assert.match(await page.textContent('.live-bar'), /NOT LIVE/);
    const width = await page.evaluate(
        () => document.querySelector('.live-bar').getBoundingClientRect().width,
    );
    assert.equal(width, 1920);
    assert.equal(await page.locator('.console.not-live .card[data-incident]').count(), 1);
    assert.match(await page.textContent('.contact-rules'), /Text only/);
    assert.match(await page.title(), /NOT LIVE/);
    gateway.ticking = true;
    await page.waitForSelector('.live-bar[data-live="true"]');
});

test('a delta that was lost is fetched, with no gap and no duplicate', async (t) => {
    const { gateway, page } = await withAlarm(t);
    gateway.put(sampleIncident({ id: '501', reference: '1-501' }), { lose: true });
    gateway.put(sampleIncident({ id: '502', reference: '1-502' }));
    await page.waitForSelector('.row[data-id="501"]');
    assert.equal(await page.locator('.row').count(), 3);
    assert.equal(gateway.hellos.length, 2);
    assert.equal(gateway.hellos[1].stream, gateway.stream);
    assert.equal(gateway.hellos[1].after, '11');
});

test('a last delta that was lost is noticed by the ticks', async (t) => {
    const { gateway, page } = await withAlarm(t);
    gateway.put(sampleIncident({ id: '501', reference: '1-501' }), { lose: true });
    await page.waitForSelector('.row[data-id="501"]');
});

test('after a new start of the centre the whole picture is fetched again', async (t) => {
    const { gateway, page } = await withClaimed(t);
    gateway.stream = '9009';
    gateway.sequence = 1;
    gateway.deltas = [];
    gateway.incidents.delete(ID);
    gateway.incidents.set('601', sampleIncident({ id: '601', reference: '1-601' }));
    gateway.dropAll();
    await page.waitForSelector('.row[data-id="601"]');
    assert.equal(await page.locator('.row').count(), 1);
    await page.waitForSelector('.card[data-state="INCIDENT_CLOSED"]');
});

test('a reload opens the alarm that is still mine', async (t) => {
    const { page } = await withClaimed(t);
    await page.reload();
    await page.waitForSelector(`.card[data-incident="${ID}"]`);
});

test('sixty rows are drawn and the rest is counted', async (t) => {
    const { gateway, page } = await world(t);
    for (let n = 1; n <= 500; n += 1) {
        gateway.put(sampleIncident({ id: String(9000 + n), reference: `1-${n}`, rank: n }));
    }
    await page.waitForSelector('.queue-hidden:has-text("440")');
    assert.equal(await page.locator('.row').count(), 60);
});

test('text from outside is text', async (t) => {
    const { gateway, page, faults } = await withClaimed(t);
    const card = sampleCard();
    card.caseCard.safeContact = '<img src=x onerror="document.title=1">';
    gateway.change(ID, { card });
    await page.waitForSelector('.contact-rules:has-text("<img")');
    assert.equal(await page.locator('.card img').count(), 0);
    assert.deepEqual(faults, []);
});

test('the location is copied with L, and its age and source are words', async (t) => {
    const context = { permissions: ['clipboard-read', 'clipboard-write'] };
    const { page } = await withClaimed(t, { context });
    await page.keyboard.press('l');
    await page.waitForSelector('.message:has-text("Copied")');
    const text = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(text, /^51\.62061, -3\.94310\n/);
    assert.match(await page.textContent('#position'), /seconds old.*satellite.*within 12 m.*340 m/s);
});

test('a stale fix is said in words', async (t) => {
    const { gateway, page } = await withClaimed(t);
    const fix = { source: 'POSITION_CELL', latitude: 51.5, longitude: -3.1, fixTimeUs: ago(1750) };
    gateway.change(ID, { position: { position: fix, receivedUs: ago(2), stale: true } });
    await page.waitForSelector('.stale:has-text("STALE")');
    assert.match(await page.textContent('#position'), /29 minutes old/);
});

test('the map appears only when tiles are configured, within the same policy', async (t) => {
    const { page, faults } = await withClaimed(t, {
        setUp: (gateway) => {
            gateway.config = { tiles: { url: '/tiles/{z}/{x}/{y}.png', maxZoom: 16 }, node: 'n' };
        },
    });
    await page.waitForSelector('larwm-map.leaflet-container .map-fix');
    assert.deepEqual(faults, []);
});

test('a supervisor attaches a case and reveals an earlier holder', async (t) => {
    const { gateway, page } = await world(t, {
        setUp: (one) => {
            one.addUser('carys', { password: 'correct', role: 'ROLE_SUPERVISOR' });
            one.attachCard = sampleCard();
            const card = { status: 'RESOLVE_CHECKED', unit: 'SKY-03', badges: [] };
            one.put(sampleIncident({ card, badges: ['BADGE_UNALLOCATED'], position: undefined }));
        },
    });
    await page.waitForSelector('.row');
    await page.keyboard.press('n');
    await page.waitForSelector('.residence');
    await page.keyboard.press('v');
    await page.waitForSelector('dialog[open]');
    await page.keyboard.press('v');
    await page.waitForSelector('.revealed:has-text("Ann Enghraifft")');
    await page.keyboard.press('a');
    await page.waitForSelector('dialog[open]');
    await page.keyboard.type('SW-2026-0017');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.card-person:has-text("Mared Esiampl")');
    assert.equal(gateway.received.at(-1).target, 'SW-2026-0017');
});

test('an operator is not offered the reveal', async (t) => {
    const { gateway, page } = await world(t, {
        setUp: (one) => {
            one.put(sampleIncident({ card: { status: 'RESOLVE_CHECKED', unit: 'SKY-03' } }));
        },
    });
    await page.waitForSelector('.row');
    await page.keyboard.press('n');
    await page.waitForSelector('.card[data-incident]');
    await page.keyboard.press('v');
    await page.waitForSelector('.message:has-text("does not allow")');
    assert.equal(kinds(gateway).includes('ACTION_REVEAL'), false);
});

test('system alarms and a database that is away stand in words, apart from alarms', async (t) => {
    const { gateway, page } = await world(t);
    gateway.setStatus({
        databaseUp: false,
        databaseSinceUs: ago(60),
        notices: [{ kind: 'SYSTEM_DATABASE', sinceUs: ago(60), detail: 'refused' }],
    });
    await page.waitForSelector('.notice:has-text("The database does not answer")');
    assert.match(
        await page.textContent('.live-bar'),
        /record may be stale since \d\d:\d\d:\d\d/,
    );
    assert.equal(await page.locator('.row').count(), 0);
});

test('a new P1 is announced to a screen reader', async (t) => {
    const { page } = await withAlarm(t);
    await page.waitForSelector(
        '[aria-live="assertive"]:has-text("New alarm. P1 Attack: Panic button. Robin 17.")',
        { state: 'attached' },
    );
});

test('the sound is off until it is armed, and the page says so', async (t) => {
    const { page } = await world(t, { login: false });
    assert.match(await page.textContent('.sound-state'), /off/);
    await page.click('.sound-test button');
    await page.waitForSelector('.sound-state:has-text("Sound is on.")');
    await logIn(page);
    await page.waitForSelector('.sound-on');
    await page.click('.sound-button');
    await page.waitForSelector('.sound-off');
});

test('log-in allows pasting and password managers, and says what is wrong', async (t) => {
    const { gateway, page } = await world(t, { login: false });
    assert.equal(await page.getAttribute('#user', 'autocomplete'), 'username');
    assert.equal(await page.getAttribute('#password', 'autocomplete'), 'current-password');
    await page.fill('#user', 'carys');
    await page.fill('#password', 'wrong');
    await page.press('#password', 'Enter');
    await page.waitForSelector('#login-error:has-text("not right")');
    gateway.lockedOut = true;
    await page.press('#password', 'Enter');
    await page.waitForSelector('#login-error:has-text("30 seconds")');
    gateway.lockedOut = false;
    gateway.addUser('carys', { password: 'correct', totp: '123456' });
    await page.fill('#password', 'correct');
    await page.press('#password', 'Enter');
    await page.waitForSelector('#totp:focus');
    assert.equal(await page.getAttribute('#totp', 'autocomplete'), 'one-time-code');
    await page.keyboard.type('123456');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.live-bar');
});

test('log-out and an ended session leave nothing of a case in the page', async (t) => {
    const { gateway, page } = await withClaimed(t);
    gateway.sessions.clear();
    gateway.dropAll();
    await page.waitForSelector('.login-ended');
    assert.equal((await page.content()).includes('Mared'), false);
    await logIn(page);
    await page.waitForSelector('.card-person:has-text("Mared")');
    await page.click('.me button:has-text("Log out")');
    await page.waitForSelector('#user');
    assert.equal((await page.content()).includes('Mared'), false);
});

test('the language is switched at once and stays chosen', async (t) => {
    const { page } = await withClaimed(t);
    await page.click('.language button[lang="cy"]');
    await page.waitForSelector('.queue h2:has-text("Ciw")');
    assert.equal(await page.getAttribute('html', 'lang'), 'cy');
    await page.reload();
    await page.waitForSelector('.queue h2:has-text("Ciw")');
});

/* REQ A28 TEST */
test('a lost path is named, with the one that works and when each was heard, in both languages', async (t) => {
    const { gateway, page } = await world(t);
    const paths = [
        {
            path: 'PATH_MAIN',
            state: 'PATH_STATE_LOST',
            lastSeenUs: ago(300),
            intervalS: 60,
            observedS: 120,
        },
        { path: 'PATH_BACKUP', state: 'PATH_STATE_WORKING', lastSeenUs: '0', intervalS: 890 },
    ]; /* the back-up path, quiet since a start, is not said to work */
    const kind = 'SIGNAL_PATH_LOST';
    const signals = [{ kind, path: 'PATH_MAIN', unit: 'PAN-1', receivedUs: ago(1) }];
    gateway.put(sampleIncident({ kind, paths, signals }));
    await page.click(`.row[data-id="${ID}"]`);
    const text = async (path) =>
        (await page.textContent(`.paths [data-path="${path}"]`)).replace(/\s+/g, ' ').trim();
    await page.waitForSelector('.paths');
    assert.match(
        await text('PATH_MAIN'),
        /^Main path LOST last heard [\d: ]+ it calls every 120 s, 60 s are expected$/,
    );
    assert.equal(
        await text('PATH_BACKUP'),
        'Back-up path not known not heard since the centre started',
    );
    await page.click('.language button[lang="cy"]');
    await page.waitForSelector('.paths :text("Prif lwybr")');
    assert.match(await text('PATH_BACKUP'), /^Llwybr wrth gefn ddim yn hysbys/);
});

/* REQ A29 TEST */
test('a mass loss shows its network, its counts and its units by risk, in both languages', async (t) => {
    const { gateway, page, faults } = await world(t);
    const risks = ['RISK_VERY_HIGH', 'RISK_HIGH', 'RISK_UNKNOWN', 'RISK_MEDIUM', 'RISK_STANDARD'];
    const units = Array.from({ length: 50 }, (_, i) => ({
        unit: `SKY-${101 + i}`,
        risk: risks[Math.floor(i / 10)],
        kind: i % 5 === 4 ? 'SIGNAL_UNIT_LATE' : 'SIGNAL_UNIT_LOST',
        downUs: ago(90 - i),
        lastSeenUs: i % 7 === 6 ? '0' : ago(600 + i),
        incident: i === 0 ? '1-77' : '',
    }));
    gateway.put(
        sampleIncident({
            priority: 'PRIORITY_P3',
            kind: 'SIGNAL_UNIT_LOST',
            signalCount: 10000,
            pressCount: 0,
            repeatCount: 0,
            badges: ['BADGE_MASS_LOSS'],
            signals: [],
            card: undefined,
            position: undefined,
            mass: { network: 'roam-a', lost: 9211, late: 706, back: 83, units },
            history: [
                { position: '401', timeUs: ago(90), kind: 'HISTORY_OPENED', text: 'unit lost' },
                { position: '977', timeUs: ago(20), kind: 'HISTORY_UNSUPERVISED', text: 'SKY-990' },
            ],
        }),
    );
    await page.click(`.row[data-id="${ID}"]`);
    await page.waitForSelector('.mass-units');
    const text = async (what) => (await page.textContent(what)).replace(/\s+/g, ' ').trim();
    assert.match(await text(`.row[data-id="${ID}"]`), /network roam-a 9917 units late or lost, 83 back/);
    assert.equal(await text('.mass-counts'), '9211 lost 706 late 83 back');
    assert.equal(await text('.mass-more'), '9867 further units are not listed here.');
    assert.equal(await page.locator('.mass-units tbody tr').count(), 50);
    assert.match(await text('.mass-units tbody tr:first-child'), /^VERY HIGH SKY-101 .* also incident 1-77/);
    assert.equal(await page.locator('.contact').count(), 0, 'it is about no single person');
    assert.match(await text('.side'), /Supervision ended while late or lost SKY-990/);
    await sound(page, faults, 'mass loss');
    if (process.env.LARWM_SCREENSHOT_DIR) {
        await page.screenshot({ path: `${process.env.LARWM_SCREENSHOT_DIR}/mass-loss.png` });
    }
    await page.click('.language button[lang="cy"]');
    await page.waitForSelector('.mass-counts :text("yn ôl")');
    await sound(page, faults, 'mass loss, Welsh');
    gateway.refuse.set('ACTION_CLAIM', { refusal: 'ONE_PERSON' });
    await page.keyboard.press('k');
    await page.waitForSelector('.message:has-text("nid am un person")');
    await page.click('.language button[lang="en"]');
    gateway.refuse.set('ACTION_CLAIM', { refusal: 'ONE_PERSON' });
    await page.keyboard.press('k');
    await page.waitForSelector('.message:has-text("not one person")');
    if (process.env.LARWM_SCREENSHOT_DIR) {
        await page.screenshot({ path: `${process.env.LARWM_SCREENSHOT_DIR}/one-person.png` });
    }
});
