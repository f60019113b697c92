/** Starts the page: catalogues, keys, and the drawing of the screen. */
import { html, nothing, render } from '../vendor/lit-html/lit-html.js';
import { App } from './app.js';
import { readSetting } from './settings.js';
import { LANGUAGES, addCatalogue, t } from './text.js';
import { cardView } from './view/card.js';
import { dialogView } from './view/dialogs.js';
import { loginView } from './view/login.js';
import { queueView } from './view/queue.js';
import { sideView } from './view/side.js';
import { countersView, topView } from './view/top.js';
import './map.js';

/** Ages and countdowns move without a message from the centre. */
const REDRAW_MS = 250;

const root = /** @type {HTMLElement} */ (document.getElementById('larwm'));
let drawing = false;

/** @param {App} app */
function screen(app) {
    switch (app.ui.screen) {
        case 'login':
            return loginView(app);
        case 'console':
            return html`<div class="console ${app.store.live ? '' : 'not-live'}">
                ${topView(app)} ${countersView(app)}
                <main class="board">${queueView(app)} ${cardView(app)} ${sideView(app)}</main>
                ${dialogView(app)}
            </div>`;
        case 'unreachable':
            return html`<main class="waiting"><p role="alert">${t('start.unreachable')}</p></main>`;
        default:
            return html`<main class="waiting"><p>${t('start.loading')}</p></main>`;
    }
}

/** @param {App} app */
function spoken(app) {
    return html`<div class="sr" role="alert" aria-live="assertive">
            ${app.ui.spoken.assertive || nothing}
        </div>
        <div class="sr" role="status" aria-live="polite">${app.ui.spoken.polite || nothing}</div>`;
}

/** @param {App} app */
function drawNow(app) {
    render(html`${screen(app)} ${spoken(app)}`, root);
    document.title = app.documentTitle();
    app.dialogs.onDrawn();
}

/** Drawn at most once a frame, however many frames of the wire came. @param {() => App} app */
function drawSoon(app) {
    if (!drawing) {
        drawing = true;
        requestAnimationFrame(() => {
            drawing = false;
            drawNow(app());
        });
    }
}

async function loadCatalogues() {
    for (const language of LANGUAGES) {
        const response = await fetch(new URL(`../i18n/${language}.json`, import.meta.url));
        addCatalogue(language, await response.json());
    }
}

async function main() {
    await loadCatalogues();
    /** @type {App} */
    const app = new App(() => drawSoon(() => app));
    const wanted = readSetting('language');
    app.useLanguage(wanted === 'cy' ? 'cy' : 'en');
    document.addEventListener('keydown', (event) => app.commands.onKey(event));
    setInterval(() => {
        app.notice();
        document.title = app.documentTitle();
        app.draw();
    }, REDRAW_MS);
    await app.start();
}

void main();
