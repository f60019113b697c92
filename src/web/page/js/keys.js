/**
 * Single keys, as shown on the buttons. They rest while somebody types and can be switched off.
 *
 * @typedef {'next' | 'claim' | 'escalate' | 'note' | 'close' | 'release' | 'copy' | 'silence'
 *     | 'queue' | 'attach' | 'reveal' | 'help'} Command
 */

/** In the order of the help page. @type {{key: string, command: Command}[]} */
export const KEYS = [
    { key: 'N', command: 'next' },
    { key: 'E', command: 'escalate' },
    { key: 'K', command: 'claim' },
    { key: 'T', command: 'note' },
    { key: 'L', command: 'copy' },
    { key: 'X', command: 'close' },
    { key: 'R', command: 'release' },
    { key: 'S', command: 'silence' },
    { key: 'Q', command: 'queue' },
    { key: 'A', command: 'attach' },
    { key: 'V', command: 'reveal' },
    { key: '?', command: 'help' },
];

const TYPED_INPUTS = new Set(['text', 'password', 'search', 'tel', 'number', 'email']);

/**
 * @param {EventTarget | null} target
 * @returns {boolean} whether keys pressed there are text
 */
export function isTyping(target) {
    if (!(target instanceof HTMLElement)) {
        return false;
    }
    if (target instanceof HTMLInputElement) {
        return TYPED_INPUTS.has(target.type);
    }
    return (
        target instanceof HTMLTextAreaElement ||
        target instanceof HTMLSelectElement ||
        target.isContentEditable
    );
}

/**
 * @param {KeyboardEvent} event
 * @returns {Command | null} a held key is no command: it must not send what nobody has read
 */
export function commandOf(event) {
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) {
        return null;
    }
    const found = KEYS.find((entry) => entry.key === event.key.toUpperCase());
    return found ? found.command : null;
}
