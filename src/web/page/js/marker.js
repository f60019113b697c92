/**
 * The police marker in words. Whatever its status, it is shown; what could not be checked is
 * UNKNOWN with the last known value and its age. REQ B1
 *
 * @typedef {import('./types.js').Card} Card
 * @typedef {{headline: string, lines: string[], grave: boolean}} MarkerWords
 */
import { t, word } from './text.js';
import { ageWords, clockTime, dateDay, dateTime, spanWords, timeNear, us } from './format.js';

const EXPIRES_SOON_S = 30 * 86400;

/**
 * @param {import('./types.js').Marker} marker
 * @param {number} nowUs
 * @returns {string}
 */
function headlineOf(marker, nowUs) {
    const endUs = us(marker.validToUs);
    switch (marker.status ?? 'MARKER_UNKNOWN') {
        case 'MARKER_ACTIVE':
            if (endUs === 0) {
                return t('marker.active.open');
            }
            if ((endUs - nowUs) / 1e6 <= EXPIRES_SOON_S && endUs > nowUs) {
                const left = spanWords(Math.floor((endUs - nowUs) / 1e6));
                return t('marker.active.soon', { end: dateTime(endUs), left });
            }
            return t('marker.active.until', { end: dateTime(endUs) });
        case 'MARKER_LAPSED':
            return t('marker.lapsed', { end: dateTime(endUs), age: ageWords(endUs, nowUs) });
        case 'MARKER_WITHDRAWN':
            return t('marker.withdrawn');
        case 'MARKER_NONE':
            return t('marker.none');
        default:
            return t('marker.unknown');
    }
}

/**
 * @param {import('./types.js').Marker} marker
 * @param {number} nowUs
 * @returns {string}
 */
function lastKnownOf(marker, nowUs) {
    const atUs = us(marker.lastKnownUs);
    if (atUs === 0) {
        return t('marker.lastknown.never');
    }
    return t('marker.lastknown', {
        status: word(marker.lastKnown ?? 'MARKER_UNKNOWN'),
        time: timeNear(atUs, nowUs),
        age: ageWords(atUs, nowUs),
    });
}

/**
 * @param {Card | undefined} card
 * @param {number} nowUs
 * @returns {MarkerWords}
 */
export function markerWords(card, nowUs) {
    const marker = card?.marker ?? {};
    const lines = [];
    if ((marker.status ?? 'MARKER_UNKNOWN') === 'MARKER_UNKNOWN') {
        lines.push(lastKnownOf(marker, nowUs));
    }
    if (marker.withdrawnReason) {
        lines.push(t('marker.reason', { reason: marker.withdrawnReason }));
    }
    if (us(marker.validFromUs) !== 0) {
        const from = dateDay(us(marker.validFromUs));
        const toUs = us(marker.validToUs);
        lines.push(
            toUs === 0
                ? t('marker.dates.open', { from })
                : t('marker.dates', { from, to: dateTime(toUs) }),
        );
    }
    if (us(marker.reviewUs) !== 0) {
        lines.push(t('marker.review', { date: dateDay(us(marker.reviewUs)) }));
    }
    return {
        headline: headlineOf(marker, nowUs),
        lines,
        grave: (marker.status ?? 'MARKER_UNKNOWN') !== 'MARKER_ACTIVE',
    };
}

/**
 * Where the record on the card came from, and how old it is.
 * @param {Card | undefined} card
 * @param {number} nowUs
 * @returns {{text: string, doubtful: boolean}}
 */
export function recordSource(card, nowUs) {
    const atUs = us(card?.checkedUs);
    switch (card?.status ?? 'RESOLVE_PENDING') {
        case 'RESOLVE_CHECKED':
            return { text: t('record.checked', { time: timeNear(atUs, nowUs) }), doubtful: false };
        case 'RESOLVE_CACHED':
            return {
                text:
                    atUs === 0
                        ? t('record.cached.unknown')
                        : t('record.cached', {
                              age: ageWords(atUs, nowUs),
                              time: clockTime(atUs),
                          }),
                doubtful: true,
            };
        case 'RESOLVE_UNKNOWN':
            return { text: t('record.unknown'), doubtful: true };
        default:
            return { text: t('record.pending'), doubtful: true };
    }
}
