/** The JSDoc types of the page hold under tsc, and tsc does catch a planted fault. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('../', import.meta.url));

function tsc(project) {
    const script = join(HERE, 'node_modules/typescript/bin/tsc');
    return spawnSync(process.execPath, [script, '-p', project], { encoding: 'utf8' });
}

test('tsc finds no fault in the page', () => {
    const { status, stdout } = tsc(HERE);
    assert.equal(status, 0, stdout);
});

test('a planted fault of type is caught', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'larwm-types-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const planted = join(folder, 'planted.js');
    writeFileSync(planted, '/** @type {number} */\nexport const sequence = "12";\n');
    const project = join(folder, 'tsconfig.json');
    writeFileSync(
        project,
        JSON.stringify({ extends: join(HERE, 'tsconfig.json'), include: [planted] }),
    );
    const { status, stdout } = tsc(project);
    assert.notEqual(status, 0);
    assert.match(stdout, /not assignable to type 'number'/);
});
