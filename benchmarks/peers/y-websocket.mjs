// y-websocket's own server: each change of someone's awareness is relayed to everyone.
import http from 'node:http';
import { createRequire } from 'node:module';
import { WebSocketServer } from 'ws';
import { say } from './listening.mjs';

const { setupWSConnection } = createRequire(import.meta.url)('y-websocket/bin/utils');

const sockets = new WebSocketServer({ noServer: true });
const server = http.createServer();
sockets.on('connection', setupWSConnection);
server.on('upgrade', (request, socket, head) => {
  sockets.handleUpgrade(request, socket, head, (open) => sockets.emit('connection', open, request));
});
server.listen(0, '127.0.0.1', () => say(server.address().port));
