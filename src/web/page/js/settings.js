/** The few wishes kept in the browser. Nothing about a case is ever kept. */

/** @typedef {'language' | 'keys'} Setting */

const PREFIX = 'larwm.';

/**
 * @param {Setting} name
 * @returns {string} empty when not set, or when the browser keeps nothing
 */
export function readSetting(name) {
    try {
        return localStorage.getItem(PREFIX + name) ?? '';
    } catch {
        return '';
    }
}

/**
 * @param {Setting} name
 * @param {string} value
 */
export function writeSetting(name, value) {
    try {
        localStorage.setItem(PREFIX + name, value);
    } catch {
        /* A browser that keeps nothing still works. */
    }
}
