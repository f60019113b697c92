/** The vendored libraries are what the registry's packages hold; planted changes are caught. */
import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MODULES, VENDOR, checkVendor } from './vendor.mjs';

function copyOfVendor(t) {
    const folder = mkdtempSync(join(tmpdir(), 'larwm-vendor-'));
    t.after(() => rmSync(folder, { recursive: true }));
    cpSync(VENDOR, folder, { recursive: true });
    return `${folder}/`;
}

test('every vendored file is in the lock and equal to its package', () => {
    assert.deepEqual(checkVendor(VENDOR, MODULES), []);
});

test('a planted change of one byte is caught', (t) => {
    const vendor = copyOfVendor(t);
    appendFileSync(`${vendor}lit-html/lit-html.js`, '\n');
    const faults = checkVendor(vendor, MODULES);
    assert.deepEqual(faults, ['lit-html/lit-html.js: differs from the lock file']);
});

test('a planted file and a removed file are caught', (t) => {
    const vendor = copyOfVendor(t);
    writeFileSync(`${vendor}lit-html/extra.js`, '');
    rmSync(`${vendor}leaflet/leaflet.css`);
    assert.deepEqual(checkVendor(vendor, MODULES).sort(), [
        'leaflet/leaflet.css: missing here',
        'lit-html/extra.js: not in the lock file',
    ]);
});
