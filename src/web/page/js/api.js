/**
 * The gateway's plain requests: log-in, session and configuration.
 *
 * @typedef {import('./types.js').Session} Session
 * @typedef {import('./types.js').Config} Config
 * @typedef {{session: Session} | {error: string, retryAfterS: number}} LoginAnswer
 */

/**
 * @param {unknown} body
 * @returns {Session}
 */
function toSession(body) {
    const raw = /** @type {{[name: string]: unknown}} */ (body ?? {});
    const role = String(raw.role ?? '').toUpperCase();
    return {
        user: String(raw.user ?? ''),
        displayName: String(raw.displayName ?? raw.user ?? ''),
        role: role.startsWith('ROLE_') ? role : `ROLE_${role || 'NONE'}`,
        language: String(raw.language ?? ''),
    };
}

/** @returns {Promise<Session | null>} null when nobody is logged in; throws when not reachable */
export async function getSession() {
    const response = await fetch('/api/session', { cache: 'no-store' });
    if (response.status === 401) {
        return null;
    }
    if (!response.ok) {
        throw new Error(`session: ${response.status}`);
    }
    return toSession(await response.json());
}

/** @returns {Promise<Config>} */
export async function getConfig() {
    const response = await fetch('/api/config', { cache: 'no-store' });
    return response.ok ? response.json() : {};
}

/**
 * @param {{user: string, password: string, totp?: string}} credentials
 * @returns {Promise<LoginAnswer>}
 */
export async function login(credentials) {
    try {
        const response = await fetch('/api/login', {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify(credentials),
        });
        const body = await response.json().catch(() => ({}));
        if (response.ok) {
            return { session: toSession(body) };
        }
        const error = String(body.error ?? 'UNREACHABLE');
        return { error, retryAfterS: Number(body.retryAfterS ?? 0) };
    } catch {
        return { error: 'UNREACHABLE', retryAfterS: 0 };
    }
}

export async function logout() {
    await fetch('/api/logout', { method: 'POST' }).catch(() => null);
}
