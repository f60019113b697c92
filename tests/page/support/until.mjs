/** Waits for a condition of the test's own process, with a deadline. */
import { setTimeout as pause } from 'node:timers/promises';

/**
 * @template T
 * @param {() => T | Promise<T>} condition  truthy when it holds
 * @param {string} what  for the message when it does not
 * @param {number} [ms]
 * @returns {Promise<T>}
 */
export async function until(condition, what, ms = 5000) {
    const end = Date.now() + ms;
    for (;;) {
        const value = await condition();
        if (value) {
            return value;
        }
        if (Date.now() > end) {
            throw new Error(`waited ${ms} ms for: ${what}`);
        }
        await pause(20);
    }
}
