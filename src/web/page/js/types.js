/**
 * The shapes the gateway relays: proto3 JSON of proto/console.proto, proto/card.proto and
 * proto/vocabulary.proto. A field that holds its default value is absent, so every field is
 * optional here; 64-bit integers are strings of digits; enums are their names.
 *
 * @typedef {string} Int64  decimal digits
 *
 * @typedef {object} CaseCard
 * @property {Int64} [id]
 * @property {string} [reference]
 * @property {string} [category]
 * @property {boolean} [open]
 * @property {string} [risk]
 * @property {Int64} [riskAssessedUs]
 * @property {string} [personName]
 * @property {string} [alias]
 * @property {string} [born]  YYYY-MM-DD
 * @property {string} [telephone]
 * @property {string} [language]
 * @property {string} [needs]
 * @property {string} [safeContact]
 * @property {boolean} [mayCall]
 * @property {boolean} [mayText]
 * @property {boolean} [maySpeak]
 * @property {string} [codeWord]
 * @property {string} [coverStory]
 * @property {string[]} [hazards]
 * @property {string} [perpetratorResident]
 * @property {string} [perpetrator]
 * @property {string[]} [household]
 * @property {string} [policeConsent]
 * @property {string} [wishes]
 * @property {string} [safetyPlan]
 * @property {Int64} [maracUs]
 * @property {string} [orders]
 * @property {Int64} [safeContactReviewedUs]
 *
 * @typedef {object} Place
 * @property {string} [address]
 * @property {string} [town]
 * @property {string} [postcode]
 * @property {string} [accessNotes]
 * @property {number} [latitude]
 * @property {number} [longitude]
 * @property {boolean} [confidential]
 * @property {string} [authority]
 *
 * @typedef {object} Marker
 * @property {string} [status]
 * @property {string} [lastKnown]
 * @property {Int64} [lastKnownUs]
 * @property {string} [reference]
 * @property {string} [kind]
 * @property {string} [text]
 * @property {Int64} [validFromUs]
 * @property {Int64} [validToUs]
 * @property {Int64} [reviewUs]
 * @property {string} [force]
 * @property {string} [withdrawnReason]
 *
 * @typedef {object} Force
 * @property {string} [code]
 * @property {string} [name]
 * @property {string} [telephone]
 *
 * @typedef {object} Card
 * @property {string} [status]
 * @property {Int64} [checkedUs]
 * @property {string} [unit]
 * @property {string} [unitModel]
 * @property {string} [unitStatus]
 * @property {boolean} [unitMobile]
 * @property {Int64} [allocation]
 * @property {string[]} [badges]
 * @property {CaseCard} [caseCard]
 * @property {Place} [place]
 * @property {Marker} [marker]
 * @property {Force} [force]
 * @property {string} [linkedCase]
 * @property {boolean} [silent]
 *
 * @typedef {object} SignalSummary
 * @property {Int64} [position]
 * @property {string} [kind]
 * @property {string} [path]
 * @property {boolean} [restore]
 * @property {string} [unit]
 * @property {string} [zone]
 * @property {string} [code]
 * @property {string} [text]
 * @property {Int64} [receivedUs]
 * @property {Int64} [deviceTimeUs]
 * @property {number} [repeats]
 * @property {Int64} [lastRepeatUs]
 * @property {number} [batteryPercent]
 *
 * @typedef {object} Fix
 * @property {string} [source]
 * @property {number} [latitude]
 * @property {number} [longitude]
 * @property {number} [accuracyM]
 * @property {Int64} [fixTimeUs]
 *
 * @typedef {object} PositionView
 * @property {Fix} [position]
 * @property {Int64} [receivedUs]
 * @property {number} [distanceHomeM]
 * @property {boolean} [stale]
 *
 * @typedef {object} PathView
 * @property {string} [path]
 * @property {string} [state]
 * @property {Int64} [lastSeenUs]
 * @property {number} [intervalS]
 * @property {number} [observedS]
 *
 * @typedef {object} MassUnit
 * @property {string} [unit]
 * @property {string} [risk]
 * @property {string} [kind]
 * @property {Int64} [downUs]
 * @property {Int64} [lastSeenUs]
 * @property {string} [incident]
 *
 * @typedef {object} MassLoss
 * @property {string} [network]
 * @property {number} [lost]
 * @property {number} [late]
 * @property {number} [back]
 * @property {MassUnit[]} [units]
 *
 * @typedef {object} Escalation
 * @property {string} [state]
 * @property {string} [messageId]
 * @property {Force} [force]
 * @property {string} [reason]
 * @property {Int64} [unverifiedSinceUs]
 * @property {string} [message]
 * @property {Int64} [queuedUs]
 * @property {Int64} [sentUs]
 * @property {Int64} [answeredUs]
 * @property {string} [logNumber]
 * @property {string} [rejection]
 * @property {number} [tries]
 * @property {number} [updateNo]
 * @property {number} [updateSent]
 * @property {boolean} [cancelWanted]
 * @property {string} [queuedBy]
 *
 * @typedef {object} HistoryEntry
 * @property {Int64} [position]
 * @property {Int64} [timeUs]
 * @property {string} [kind]
 * @property {string} [user]
 * @property {string} [text]
 * @property {string} [alert]
 * @property {string} [outcome]
 *
 * @typedef {object} Incident
 * @property {Int64} [id]
 * @property {string} [reference]
 * @property {number} [epoch]
 * @property {string} [state]
 * @property {string} [priority]
 * @property {string} [risk]
 * @property {string} [kind]
 * @property {Int64} [openedUs]
 * @property {Int64} [lastSignalUs]
 * @property {number} [signalCount]
 * @property {number} [pressCount]
 * @property {number} [repeatCount]
 * @property {string[]} [badges]
 * @property {SignalSummary[]} [signals]
 * @property {Card} [card]
 * @property {PositionView} [position]
 * @property {string} [owner]
 * @property {Int64} [claimedUs]
 * @property {string} [alert]
 * @property {Int64} [dueUs]
 * @property {Int64} [dueFromUs]
 * @property {string} [dueKind]
 * @property {Escalation} [escalation]
 * @property {HistoryEntry[]} [history]
 * @property {string} [outcome]
 * @property {string} [technical]
 * @property {boolean} [receiptSilent]
 * @property {Int64} [durableUs]
 * @property {boolean} [callPoliceByPhone]
 * @property {number} [rank]
 * @property {PathView[]} [paths]
 * @property {MassLoss} [mass]
 *
 * @typedef {object} SystemNotice
 * @property {string} [kind]
 * @property {Int64} [sinceUs]
 * @property {string} [detail]
 *
 * @typedef {object} Status
 * @property {boolean} [databaseUp]
 * @property {Int64} [databaseSinceUs]
 * @property {boolean} [schemaOk]
 * @property {string} [schemaDetail]
 * @property {boolean} [journalOk]
 * @property {string} [journalDetail]
 * @property {number} [unitsConnected]
 * @property {number} [unitsLost]
 * @property {number} [operatorsOnDuty]
 * @property {boolean} [policeGatewayUp]
 * @property {SystemNotice[]} [notices]
 *
 * @typedef {object} Welcome
 * @property {Int64} [stream]
 * @property {Int64} [sequence]
 * @property {boolean} [resumed]
 * @property {string} [node]
 * @property {string} [version]
 * @property {string} [user]
 * @property {string} [role]
 *
 * @typedef {object} Snapshot
 * @property {Int64} [sequence]
 * @property {Incident[]} [incidents]
 * @property {Status} [status]
 * @property {boolean} [last]
 *
 * @typedef {object} Delta
 * @property {Int64} [sequence]
 * @property {Incident} [incident]
 * @property {Status} [status]
 *
 * @typedef {object} Tick
 * @property {Int64} [serverTimeUs]
 * @property {Int64} [sequence]
 * @property {boolean} [databaseUp]
 * @property {boolean} [journalOk]
 *
 * @typedef {object} Result
 * @property {Int64} [ref]
 * @property {boolean} [ok]
 * @property {string} [refusal]
 * @property {string} [detail]
 * @property {Int64} [incident]
 * @property {string} [revealed]
 *
 * @typedef {object} Pong
 * @property {Int64} [clientTimeUs]
 * @property {Int64} [serverTimeUs]
 *
 * @typedef {object} ServerFrame
 * @property {Welcome} [welcome]
 * @property {Snapshot} [snapshot]
 * @property {Delta} [delta]
 * @property {Tick} [tick]
 * @property {Result} [result]
 * @property {Pong} [pong]
 *
 * @typedef {object} Action
 * @property {string} kind
 * @property {Int64} [incident]
 * @property {number} [epoch]
 * @property {string} [text]
 * @property {string} [outcome]
 * @property {string} [target]
 *
 * @typedef {object} Session
 * @property {string} user
 * @property {string} displayName
 * @property {string} role
 * @property {string} language
 *
 * @typedef {object} Tiles
 * @property {string} url
 * @property {number} [maxZoom]
 * @property {string} [attribution]
 *
 * @typedef {object} Config
 * @property {Tiles | null} [tiles]
 * @property {string} [node]
 */
export {};
