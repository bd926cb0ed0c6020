// Colyseus as its documentation shows it: a schema state, patched 20 times a second, no view.
import { Room, Server } from '@colyseus/core';
import { MapSchema, schema, t } from '@colyseus/schema';
import { WebSocketTransport } from '@colyseus/ws-transport';
import { freePort, say } from './listening.mjs';

const Person = schema({ x: t.float32(), y: t.float32(), z: t.float32(), rotation: t.float64() });
const State = schema({ people: t.map(Person) });

class House extends Room {
  maxClients = 5000;
  patchRate = 50;
  state = new State();

  onCreate() {
    this.onMessage('p', (client, [x, y, z, rotation]) => {
      const person = this.state.people.get(client.sessionId);
      person.x = x;
      person.y = y;
      person.z = z;
      person.rotation = rotation;
    });
  }

  onJoin(client) {
    this.state.people.set(client.sessionId, new Person());
  }

  onLeave(client) {
    this.state.people.delete(client.sessionId);
  }
}

const port = await freePort();
const server = new Server({ transport: new WebSocketTransport({ perMessageDeflate: false }), greet: false });
server.define('house', House);
await server.listen(port, '127.0.0.1');
say(port);
