/**
 * Compares the vendored libraries with src/web/page/vendor/vendor.lock.json and with what
 * `npm ci` installed. `node checks/vendor.mjs --write` renews the lock after an update.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const VENDOR = fileURLToPath(new URL('../../../src/web/page/vendor/', import.meta.url));
export const MODULES = fileURLToPath(new URL('../node_modules/', import.meta.url));
export const LOCK = 'vendor.lock.json';

/** Where a vendored file stands in its package. @param {string} file */
export function sourceOf(file) {
    const name = file.slice(0, file.indexOf('/'));
    const rest = file.slice(name.length + 1);
    const dist = name === 'leaflet' && rest !== 'LICENSE' ? 'dist/' : '';
    return { name, source: dist + rest };
}

/** @param {string} path */
export function digest(path) {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** @param {string} vendor @returns {string[]} */
export function vendoredFiles(vendor) {
    return readdirSync(vendor, { recursive: true })
        .map((name) => name.replaceAll('\\', '/'))
        .filter((name) => name !== LOCK && statSync(vendor + name).isFile())
        .sort();
}

/** @param {string} modules @param {string} name */
function packageOf(modules, name) {
    return JSON.parse(readFileSync(`${modules}${name}/package.json`, 'utf8'));
}

/**
 * @param {string} vendor
 * @param {string} modules
 * @returns {object[]}
 */
export function describe(vendor, modules) {
    return vendoredFiles(vendor).map((file) => {
        const { name, source } = sourceOf(file);
        const { version, license } = packageOf(modules, name);
        return { name, version, licence: license, file, source, sha256: digest(vendor + file) };
    });
}

/**
 * @param {string} vendor
 * @param {string} modules
 * @returns {string[]} faults
 */
export function checkVendor(vendor, modules) {
    const lock = JSON.parse(readFileSync(vendor + LOCK, 'utf8'));
    const faults = [];
    const listed = new Set(lock.map((entry) => entry.file));
    for (const file of vendoredFiles(vendor)) {
        if (!listed.has(file)) {
            faults.push(`${file}: not in the lock file`);
        }
    }
    for (const entry of lock) {
        faults.push(...checkEntry(entry, vendor, modules));
    }
    return faults;
}

function checkEntry(entry, vendor, modules) {
    const { file } = entry;
    const original = `${modules}${entry.name}/${entry.source}`;
    if (!existsSync(vendor + file) || !existsSync(original)) {
        return [`${file}: missing ${existsSync(original) ? 'here' : 'in the package'}`];
    }
    const faults = [];
    const { version, license } = packageOf(modules, entry.name);
    if (digest(vendor + file) !== entry.sha256) {
        faults.push(`${file}: differs from the lock file`);
    }
    if (digest(original) !== entry.sha256) {
        faults.push(`${file}: differs from the package`);
    }
    if (version !== entry.version || license !== entry.licence) {
        faults.push(`${file}: version or licence differs from the package`);
    }
    return faults;
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.argv.includes('--write')) {
    const lines = describe(VENDOR, MODULES);
    writeFileSync(VENDOR + LOCK, `${JSON.stringify(lines, null, 4)}\n`);
}
