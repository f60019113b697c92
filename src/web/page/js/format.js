/**
 * Times, ages, positions and distances in words and figures. Times of day are Europe/London,
 * 24 hours, HH:MM:SS, in both languages; dates are day, short month, year.
 */
import { t, tn } from './text.js';

const ZONE = 'Europe/London';
const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: ZONE,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
});

/**
 * @param {number} us
 * @returns {{[part: string]: string}}
 */
function split(us) {
    /** @type {{[part: string]: string}} */
    const found = {};
    for (const part of parts.formatToParts(new Date(us / 1000))) {
        found[part.type] = part.value;
    }
    return found;
}

/** @param {number} n */
function two(n) {
    return String(n).padStart(2, '0');
}

/**
 * @param {string | number | undefined} value  64-bit integer of the wire
 * @returns {number} 0 when absent
 */
export function us(value) {
    return Number(value ?? 0);
}

/**
 * @param {number} timeUs
 * @returns {string} "02:13:07", or a dash when there is no time
 */
export function clockTime(timeUs) {
    if (timeUs === 0) {
        return t('none.dash');
    }
    const p = split(timeUs);
    return `${p.hour}:${p.minute}:${p.second}`;
}

/**
 * @param {number} timeUs
 * @returns {string} "12 Nov 2016"
 */
export function dateDay(timeUs) {
    const p = split(timeUs);
    return `${Number(p.day)} ${t(`month.${Number(p.month)}`)} ${p.year}`;
}

/**
 * @param {number} timeUs
 * @returns {string} "12 Nov 2016 02:13:07"
 */
export function dateTime(timeUs) {
    return `${dateDay(timeUs)} ${clockTime(timeUs)}`;
}

/**
 * The time alone on the same London day, else with its date.
 * @param {number} timeUs
 * @param {number} nowUs
 */
export function timeNear(timeUs, nowUs) {
    if (timeUs === 0) {
        return t('none.dash');
    }
    return dateDay(timeUs) === dateDay(nowUs) ? clockTime(timeUs) : dateTime(timeUs);
}

/**
 * @param {number} seconds  may be negative
 * @returns {string} "0:07", "4:05", "1:02:03", "-0:12"
 */
export function span(seconds) {
    const sign = seconds < 0 ? '-' : '';
    const whole = Math.floor(Math.abs(seconds));
    const hours = Math.floor(whole / 3600);
    const minutes = Math.floor((whole % 3600) / 60);
    const rest = two(whole % 60);
    return hours > 0 ? `${sign}${hours}:${two(minutes)}:${rest}` : `${sign}${minutes}:${rest}`;
}

/**
 * @param {number} fromUs
 * @param {number} nowUs
 * @returns {number} whole seconds, never negative: a clock difference must not show "-1 s"
 */
export function ageSeconds(fromUs, nowUs) {
    return Math.max(0, Math.floor((nowUs - fromUs) / 1e6));
}

/**
 * @param {number} seconds
 * @returns {string} "12 seconds", "5 minutes", "2 hours 10 minutes", "3 days"
 */
export function spanWords(seconds) {
    const minutes = Math.floor(seconds / 60);
    const hours = Math.floor(minutes / 60);
    if (seconds < 60) {
        return tn('span.seconds', seconds);
    }
    if (minutes < 60) {
        return tn('span.minutes', minutes);
    }
    if (hours < 48) {
        const rest = minutes % 60;
        const whole = tn('span.hours', hours);
        return rest === 0 ? whole : t('span.two', { a: whole, b: tn('span.minutes', rest) });
    }
    return tn('span.days', Math.floor(hours / 24));
}

/**
 * @param {number} fromUs
 * @param {number} nowUs
 */
export function ageWords(fromUs, nowUs) {
    return spanWords(ageSeconds(fromUs, nowUs));
}

/**
 * @param {number} latitude
 * @param {number} longitude
 * @returns {string} five decimals: about a metre
 */
export function coordinates(latitude, longitude) {
    return `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
}

/**
 * @param {number} metres
 * @returns {string}
 */
export function distance(metres) {
    if (metres < 1000) {
        return t('distance.metres', { n: metres });
    }
    return t('distance.kilometres', { n: (metres / 1000).toFixed(1) });
}

/**
 * @param {string} born  YYYY-MM-DD
 * @param {number} nowUs
 * @returns {number | null} completed years
 */
export function yearsOld(born, nowUs) {
    const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(born);
    if (!found || nowUs === 0) {
        return null;
    }
    const today = split(nowUs);
    const years = Number(today.year) - Number(found[1]);
    const monthDay = Number(today.month) * 100 + Number(today.day);
    return monthDay < Number(found[2]) * 100 + Number(found[3]) ? years - 1 : years;
}
