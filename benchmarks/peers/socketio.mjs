// socket.io at its best for this job: poses are binary, collected, and told to all 20 times a second at once.
import http from 'node:http';
import { Server } from 'socket.io';
import { say } from './listening.mjs';

const TICK_MS = 50;
const POSE_SIZE = 20;

const listener = http.createServer();
const server = new Server(listener, { transports: ['websocket'], perMessageDeflate: false });
const moved = new Map();
let last = 0;

server.on('connection', (socket) => {
  const id = Buffer.alloc(2);
  id.writeUInt16LE((last += 1));
  socket.on('p', (pose) => {
    if (pose.length === POSE_SIZE) moved.set(id, pose);
  });
  socket.on('disconnect', () => moved.delete(id));
});

setInterval(() => {
  if (!moved.size) return;
  const parts = [];
  for (const [id, pose] of moved) parts.push(id, pose);
  moved.clear();
  server.emit('s', Buffer.concat(parts));
}, TICK_MS);

listener.listen(0, '127.0.0.1', () => say(listener.address().port));
