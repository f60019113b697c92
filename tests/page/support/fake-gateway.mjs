/**
 * A gateway for the page's tests: serves the real page with the real content security policy,
 * answers the plain requests, and plays a very small desk over the WebSocket. Tests drive it.
 */
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import { sampleStatus } from './sample.mjs';

const PAGE = fileURLToPath(new URL('../../../src/web/page/', import.meta.url));

export const POLICY = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
].join('; ');

const TYPES = {
    '.html': 'text/html; charset=utf-8',
    '.js': 'text/javascript; charset=utf-8',
    '.css': 'text/css; charset=utf-8',
    '.json': 'application/json; charset=utf-8',
    '.svg': 'image/svg+xml',
    '.png': 'image/png',
};

/** One transparent pixel: a map tile for tests. */
const TILE = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
);

const nowUs = () => String(Date.now() * 1000);

export class FakeGateway {
    constructor() {
        this.users = new Map();
        this.addUser('carys', { password: 'correct', displayName: 'Carys Dychmygol' });
        this.sessions = new Map();
        this.config = { tiles: null, node: 'node-1' };
        this.stream = '7001';
        this.sequence = 10;
        this.incidents = new Map();
        this.status = sampleStatus();
        this.deltas = [];
        this.sockets = new Set();
        this.hellos = [];
        this.received = [];
        this.ticking = true;
        this.answering = true;
        /** Answer to the next action of a kind instead of doing it. */
        this.refuse = new Map();
        this.snapshotSize = 3;
        this.resumable = true;
    }

    addUser(user, about) {
        this.users.set(user, {
            user,
            displayName: user,
            role: 'ROLE_OPERATOR',
            language: 'en',
            ...about,
        });
    }

    async start() {
        this.http = createServer((request, response) => {
            this.serve(request, response).catch(() => response.writeHead(500).end());
        });
        this.wss = new WebSocketServer({
            noServer: true,
            handleProtocols: (offered) => (offered.has('larwm-console') ? 'larwm-console' : false),
        });
        this.http.on('upgrade', (request, socket, head) => {
            const session = this.sessionOf(request);
            if (!session || request.url !== '/ws') {
                socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
                return;
            }
            this.wss.handleUpgrade(request, socket, head, (ws) => this.attach(ws, session));
        });
        await new Promise((resolve) => this.http.listen(0, '127.0.0.1', resolve));
        this.url = `http://127.0.0.1:${this.http.address().port}`;
        this.timer = setInterval(() => this.tick(), 500);
        return this;
    }

    async stop() {
        clearInterval(this.timer);
        this.dropAll();
        this.http.closeAllConnections();
        await new Promise((resolve) => this.http.close(resolve));
    }

    /* ---- plain requests ---- */

    sessionOf(request) {
        const found = /larwm_session=(\w+)/.exec(request.headers.cookie ?? '');
        return found ? this.sessions.get(found[1]) : undefined;
    }

    async serve(request, response) {
        const path = new URL(request.url, this.url).pathname;
        response.setHeader('Content-Security-Policy', POLICY);
        response.setHeader('X-Content-Type-Options', 'nosniff');
        if (path.startsWith('/api/')) {
            await this.serveApi(path, request, response);
        } else if (path.startsWith('/tiles/')) {
            response.writeHead(200, { 'Content-Type': 'image/png' }).end(TILE);
        } else {
            await this.serveFile(path, response);
        }
    }

    async serveFile(path, response) {
        const name = path === '/' ? 'index.html' : path.replace(/^\/static\//, '');
        const file = normalize(PAGE + name);
        if (!file.startsWith(PAGE) || (path !== '/' && !path.startsWith('/static/'))) {
            response.writeHead(404).end();
            return;
        }
        const body = await readFile(file).catch(() => null);
        if (!body) {
            response.writeHead(404).end();
            return;
        }
        const type = TYPES[extname(file)] ?? 'application/octet-stream';
        response.writeHead(200, { 'Content-Type': type }).end(body);
    }

    async serveApi(path, request, response) {
        const send = (code, body, headers = {}) => {
            response.writeHead(code, { 'Content-Type': 'application/json', ...headers });
            response.end(JSON.stringify(body));
        };
        const session = this.sessionOf(request);
        if (path === '/api/session') {
            return session ? send(200, session) : send(401, {});
        }
        if (path === '/api/config') {
            return send(200, this.config);
        }
        if (path === '/api/logout') {
            return send(200, {}, { 'Set-Cookie': 'larwm_session=; Max-Age=0; Path=/' });
        }
        let text = '';
        for await (const chunk of request) {
            text += chunk;
        }
        return this.answerLogin(JSON.parse(text || '{}'), send);
    }

    answerLogin(wanted, send) {
        const user = this.users.get(wanted.user);
        if (this.lockedOut) {
            return send(429, { error: 'TOO_MANY', retryAfterS: 30 });
        }
        if (!user || user.password !== wanted.password) {
            return send(401, { error: 'BAD_CREDENTIALS' });
        }
        if (user.totp && user.totp !== wanted.totp) {
            return send(401, { error: 'TOTP_REQUIRED' });
        }
        const { displayName, role, language } = user;
        const session = { user: user.user, displayName, role, language };
        const token = `s${this.sessions.size + 1}${wanted.user}`;
        this.sessions.set(token, session);
        const cookie = `larwm_session=${token}; HttpOnly; SameSite=Strict; Path=/`;
        return send(200, session, { 'Set-Cookie': cookie });
    }

    /* ---- the wire ---- */

    attach(ws, session) {
        ws.session = session;
        this.sockets.add(ws);
        ws.on('close', () => this.sockets.delete(ws));
        ws.on('message', (data) => this.onFrame(ws, JSON.parse(String(data))));
    }

    send(ws, frame) {
        if (this.answering && ws.readyState === ws.OPEN) {
            ws.send(JSON.stringify(frame));
        }
    }

    broadcast(frame) {
        for (const ws of this.sockets) {
            if (ws.watching) {
                this.send(ws, frame);
            }
        }
    }

    tick() {
        if (this.ticking) {
            this.broadcast({
                tick: {
                    serverTimeUs: nowUs(),
                    sequence: String(this.sequence),
                    databaseUp: this.status.databaseUp,
                    journalOk: this.status.journalOk,
                },
            });
        }
    }

    onFrame(ws, frame) {
        if (frame.hello) {
            this.hellos.push(frame.hello);
            this.greet(ws, frame.hello);
        } else if (frame.ping) {
            if (this.ticking) {
                this.send(ws, { pong: { ...frame.ping, serverTimeUs: nowUs() } });
            }
        } else if (frame.action) {
            this.received.push({ user: ws.session.user, ...frame.action });
            const result = this.act(ws.session, frame.action);
            this.send(ws, { result: { ref: frame.ref, ...result } });
        }
    }

    greet(ws, hello) {
        const after = Number(hello.after ?? 0);
        const known = this.deltas.filter((delta) => Number(delta.sequence) > after);
        const resumed =
            this.resumable &&
            hello.stream === this.stream &&
            after <= this.sequence &&
            known.length === this.sequence - after;
        const { user, role } = ws.session;
        const welcome = {
            stream: this.stream,
            sequence: String(this.sequence),
            node: this.config.node,
            version: '0.1.0',
            user,
            role,
        };
        this.send(ws, { welcome: resumed ? { ...welcome, resumed } : welcome });
        if (resumed) {
            known.forEach((delta) => this.send(ws, { delta }));
        } else {
            this.sendSnapshot(ws);
        }
        ws.watching = true;
        this.tick();
    }

    sendSnapshot(ws) {
        const open = [...this.incidents.values()].filter((i) => i.state !== 'INCIDENT_CLOSED');
        const sequence = String(this.sequence);
        while (open.length > this.snapshotSize) {
            const incidents = open.splice(0, this.snapshotSize);
            this.send(ws, { snapshot: { sequence, incidents } });
        }
        this.send(ws, { snapshot: { sequence, incidents: open, status: this.status, last: true } });
    }

    /** @param {object} body  {incident} or {status} */
    delta(body, { lose = false } = {}) {
        this.sequence += 1;
        const delta = { sequence: String(this.sequence), ...body };
        this.deltas.push(delta);
        if (!lose) {
            this.broadcast({ delta });
        }
    }

    put(incident, options) {
        this.incidents.set(incident.id, incident);
        this.delta({ incident }, options);
    }

    change(id, changes, entry) {
        const before = this.incidents.get(id);
        const history = [...(before.history ?? [])];
        if (entry) {
            const position = String(1000 + this.sequence);
            history.push({ position, timeUs: nowUs(), ...entry });
        }
        this.put({ ...before, ...changes, history });
    }

    setStatus(changes) {
        this.status = { ...this.status, ...changes };
        this.delta({ status: this.status });
    }

    police(id, changes, entry) {
        const escalation = { ...this.incidents.get(id).escalation, ...changes };
        this.change(id, { escalation }, entry);
    }

    dropAll() {
        for (const ws of this.sockets) {
            ws.terminate();
        }
    }

    /* ---- the desk ---- */

    act(session, action) {
        const refusal = this.refuse.get(action.kind);
        if (refusal) {
            this.refuse.delete(action.kind);
            return refusal;
        }
        if (action.kind === 'ACTION_NEXT') {
            return this.claim(session, this.firstWaiting());
        }
        const incident = this.incidents.get(action.incident);
        if (!incident) {
            return { refusal: 'NOT_FOUND' };
        }
        if (action.kind === 'ACTION_CLAIM') {
            return this.claim(session, incident);
        }
        if (action.kind === 'ACTION_VIEW') {
            this.change(incident.id, {}, { kind: 'HISTORY_VIEWED', user: session.user });
            return { ok: true };
        }
        if (action.kind === 'ACTION_NOTE') {
            const entry = { kind: 'HISTORY_NOTE', user: session.user, text: action.text };
            this.change(incident.id, {}, entry);
            return { ok: true };
        }
        return this.actAsOwner(session, action, incident);
    }

    firstWaiting() {
        return [...this.incidents.values()]
            .filter((incident) => incident.state === 'INCIDENT_OPEN')
            .sort((a, b) => a.rank - b.rank || Number(a.openedUs) - Number(b.openedUs))[0];
    }

    claim(session, incident) {
        if (!incident) {
            return { refusal: 'NOTHING_WAITING' };
        }
        if (incident.owner) {
            return { refusal: 'TAKEN', detail: incident.owner };
        }
        const changes = {
            state: 'INCIDENT_CLAIMED',
            owner: session.user,
            claimedUs: nowUs(),
            epoch: incident.epoch + 1,
            dueUs: '0',
        };
        this.change(incident.id, changes, { kind: 'HISTORY_CLAIMED', user: session.user });
        return { ok: true, incident: incident.id };
    }

    actAsOwner(session, action, incident) {
        const { id } = incident;
        const by = { user: session.user };
        if (action.kind === 'ACTION_REVEAL') {
            const revealed = 'Earlier holder: Ann Enghraifft (invented), until 3 May 2026';
            this.change(id, {}, { kind: 'HISTORY_REVEALED', ...by });
            return session.role === 'ROLE_SUPERVISOR'
                ? { ok: true, revealed }
                : { refusal: 'NOT_ALLOWED' };
        }
        if (action.kind === 'ACTION_ATTACH') {
            this.change(id, { card: this.attachCard }, { kind: 'HISTORY_ATTACHED', ...by });
            return { ok: true };
        }
        if (incident.owner !== session.user && session.role !== 'ROLE_SUPERVISOR') {
            return { refusal: 'NOT_OWNER', detail: incident.owner ?? '' };
        }
        if (action.kind === 'ACTION_RELEASE') {
            const changes = { state: 'INCIDENT_OPEN', owner: '', epoch: incident.epoch + 1 };
            this.change(id, changes, { kind: 'HISTORY_RELEASED', ...by });
            return { ok: true };
        }
        if (action.kind === 'ACTION_CLOSE') {
            if (!action.outcome || action.outcome === 'OUTCOME_NONE') {
                return { refusal: 'OUTCOME_MISSING' };
            }
            const { outcome } = action;
            const changes = { state: 'INCIDENT_CLOSED', outcome, epoch: incident.epoch + 1 };
            this.change(id, changes, { kind: 'HISTORY_CLOSED', outcome, ...by });
            return { ok: true };
        }
        if (action.kind === 'ACTION_ESCALATE') {
            return this.escalate(session, incident);
        }
        return { refusal: 'BAD_REQUEST' };
    }

    escalate(session, incident) {
        const state = incident.escalation?.state ?? 'ESCALATION_NONE';
        if (state !== 'ESCALATION_NONE') {
            return { refusal: 'ALREADY_SENT' };
        }
        const changes = {
            state: 'ESCALATION_QUEUED',
            reason: 'REASON_OPERATOR',
            queuedUs: nowUs(),
            queuedBy: session.user,
        };
        this.police(incident.id, changes, { kind: 'HISTORY_POLICE_QUEUED', user: session.user });
        return { ok: true };
    }
}
