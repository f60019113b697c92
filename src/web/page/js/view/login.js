/** The log-in screen. */
import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { t, tn } from '../text.js';
import { languageSwitch } from './top.js';

/** @typedef {import('../app.js').App} App */

/** @param {App} app */
function errorText(app) {
    const { error, retryAfterS } = app.ui.login;
    switch (error) {
        case '':
            return '';
        case 'BAD_CREDENTIALS':
            return t('login.error.credentials');
        case 'TOTP_REQUIRED':
            return t('login.error.totp');
        case 'TOO_MANY':
            return tn('login.error.toomany', retryAfterS);
        default:
            return t('login.error.unreachable');
    }
}

function totpField() {
    return html`<div class="form-row">
        <label for="totp">${t('login.totp')}</label>
        <input
            id="totp"
            name="totp"
            type="text"
            inputmode="numeric"
            autocomplete="one-time-code"
            maxlength="10"
            required
            aria-describedby="login-error"
        />
    </div>`;
}

/** @param {App} app */
export function loginView(app) {
    const error = errorText(app);
    return html`<div class="login">
        <header class="login-top">${languageSwitch(app)}</header>
        <main class="login-main">
            <h1>larwm</h1>
            <p class="login-lead">${t('login.lead')}</p>
            ${app.ui.login.ended
                ? html`<p class="login-ended">${t('login.ended')}</p>`
                : nothing}
            <form
                @submit=${(/** @type {SubmitEvent} */ event) => app.submitLogin(event)}
                novalidate
            >
                <div class="form-row">
                    <label for="user">${t('login.user')}</label>
                    <input
                        id="user"
                        name="user"
                        type="text"
                        autocomplete="username"
                        autocapitalize="none"
                        spellcheck="false"
                        required
                        aria-describedby="login-error"
                    />
                </div>
                <div class="form-row">
                    <label for="password">${t('login.password')}</label>
                    <input
                        id="password"
                        name="password"
                        type="password"
                        autocomplete="current-password"
                        required
                        aria-describedby="login-error"
                    />
                </div>
                ${app.ui.login.totp ? totpField() : nothing}
                <p id="login-error" class="form-error" role="alert">${error}</p>
                <button type="submit" class="primary" ?disabled=${app.ui.login.busy}>
                    ${t('login.submit')}
                </button>
            </form>
            <section class="sound-test" aria-labelledby="sound-title">
                <h2 id="sound-title">${t('login.sound')}</h2>
                <p>${t('login.sound.why')}</p>
                <button type="button" @click=${() => app.testSound()}>
                    ${t('login.sound.test')}
                </button>
                <p role="status" class="sound-state">${t(`sound.state.${app.sound.state}`)}</p>
            </section>
        </main>
    </div>`;
}
