/**
 * <larwm-map>: the position on local tiles. Everything it shows stands beside it in words, so it
 * may be missing. Leaflet is only fetched when tiles are configured.
 *
 * @typedef {import('./types.js').Tiles} Tiles
 * @typedef {import('./types.js').PositionView} PositionView
 * @typedef {import('./types.js').Place} Place
 */

const LEAFLET = new URL('../vendor/leaflet/leaflet-src.esm.js', import.meta.url).href;
const LEAFLET_CSS = new URL('../vendor/leaflet/leaflet.css', import.meta.url).href;
const ZOOM = 16;

/** @returns {Promise<any>} the Leaflet module; its types are not vendored */
async function loadLeaflet() {
    if (!document.querySelector(`link[href="${LEAFLET_CSS}"]`)) {
        const link = document.createElement('link');
        link.rel = 'stylesheet';
        link.href = LEAFLET_CSS;
        document.head.append(link);
    }
    return import(LEAFLET);
}

class LarwmMap extends HTMLElement {
    constructor() {
        super();
        /** @type {Tiles | null} */
        this.tiles = null;
        /** @type {PositionView | undefined} */
        this.fix = undefined;
        /** @type {Place | undefined} */
        this.home = undefined;
        this.label = '';
        /** @type {any} */
        this.leaflet = null;
        /** @type {any} */
        this.map = null;
        /** @type {any} */
        this.layer = null;
        this.drawn = '';
        /** @type {ReturnType<typeof setInterval> | undefined} */
        this.timer = undefined;
    }

    connectedCallback() {
        void this.begin();
        this.timer = setInterval(() => this.place(), 500);
    }

    disconnectedCallback() {
        clearInterval(this.timer);
        this.map?.remove();
        this.map = null;
        this.drawn = '';
    }

    async begin() {
        this.leaflet ??= await loadLeaflet();
        if (!this.isConnected || this.map || !this.tiles) {
            return;
        }
        this.map = this.leaflet.map(this, { zoomControl: true, attributionControl: true });
        this.map.attributionControl.setPrefix(false);
        this.leaflet
            .tileLayer(this.tiles.url, {
                maxZoom: this.tiles.maxZoom ?? 19,
                attribution: this.tiles.attribution ?? '',
            })
            .addTo(this.map);
        this.layer = this.leaflet.layerGroup().addTo(this.map);
        this.place();
    }

    /** Draws the newest fix; a stale one is hollow. */
    place() {
        const point = this.fix?.position;
        if (!this.map || !point) {
            return;
        }
        this.setAttribute('role', 'region');
        this.setAttribute('aria-label', this.label);
        const what = JSON.stringify([this.fix, this.home?.latitude, this.home?.longitude]);
        if (what === this.drawn) {
            return;
        }
        this.drawn = what;
        const at = [point.latitude ?? 0, point.longitude ?? 0];
        this.layer.clearLayers();
        if (this.home?.latitude !== undefined) {
            const home = [this.home.latitude, this.home.longitude ?? 0];
            this.leaflet.circleMarker(home, { radius: 6, className: 'map-home' }).addTo(this.layer);
        }
        const kind = this.fix?.stale ? 'map-fix map-stale' : 'map-fix';
        if (point.accuracyM) {
            this.leaflet
                .circle(at, { radius: point.accuracyM, className: 'map-accuracy' })
                .addTo(this.layer);
        }
        this.leaflet.circleMarker(at, { radius: 9, className: kind }).addTo(this.layer);
        this.map.setView(at, Math.min(ZOOM, this.tiles?.maxZoom ?? ZOOM));
    }
}

customElements.define('larwm-map', LarwmMap);
