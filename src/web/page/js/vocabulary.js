/** Lists of the shared vocabulary that the page offers or answers to. */

/**
 * What an operator may close with, in the order of the keys 1 to 8.
 * OUTCOME_RESTORED is the centre's own.
 */
export const CLOSING_OUTCOMES = [
    'OUTCOME_POLICE_ATTENDED',
    'OUTCOME_PERSON_SAFE',
    'OUTCOME_NO_CONTACT',
    'OUTCOME_PRECAUTIONARY',
    'OUTCOME_FALSE',
    'OUTCOME_PLANNED_TEST',
    'OUTCOME_STOCK_HANDLING',
    'OUTCOME_TECHNICAL_RESOLVED',
];

/** Codes of Result.refusal, and the page's own two at the end. */
export const REFUSALS = [
    'TAKEN',
    'STALE',
    'OUTCOME_MISSING',
    'NOT_ALLOWED',
    'NOT_FOUND',
    'NOTHING_WAITING',
    'NOT_OWNER',
    'ALREADY_SENT',
    'JOURNAL_DOWN',
    'BAD_REQUEST',
    'ONE_PERSON',
    'NOT_CONNECTED',
    'NO_RESULT',
];
