// Colyseus with a StateView for each client: it is told of people in its own and the eight cells around.
// Cells have 25 m, and views change only when someone goes from one cell to another.
import { Room, Server } from '@colyseus/core';
import { StateView, schema, t } from '@colyseus/schema';
import { WebSocketTransport } from '@colyseus/ws-transport';
import { freePort, say } from './listening.mjs';

const CELL = 25;
const ACROSS = 1000;

const Person = schema({ x: t.float32(), y: t.float32(), z: t.float32(), rotation: t.float64() });
const State = schema({ people: t.map(Person).view() });

const cellOf = (x, y) => Math.floor(y / CELL) * ACROSS + Math.floor(x / CELL);
const around = (cell) => [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => cell + dy * ACROSS + dx));

class House extends Room {
  maxClients = 5000;
  patchRate = 50;
  state = new State();
  cells = new Map();
  people = new Map();

  onCreate() {
    this.onMessage('p', (client, [x, y, z, rotation]) => {
      const here = this.people.get(client.sessionId);
      const { person } = here;
      person.x = x;
      person.y = y;
      person.z = z;
      person.rotation = rotation;
      const cell = cellOf(x, y);
      if (cell !== here.cell) this.move(here, cell);
    });
  }

  // Let those see each other who come near, and no longer those who part.
  move(here, cell) {
    const before = new Set(here.cell === null ? [] : around(here.cell));
    const after = new Set(cell === null ? [] : around(cell));
    if (here.cell !== null) this.cells.get(here.cell).delete(here);
    for (const gone of before) if (!after.has(gone)) this.eachIn(gone, (other) => part(here, other));
    for (const come of after) if (!before.has(come)) this.eachIn(come, (other) => meet(here, other));
    here.cell = cell;
    if (cell === null) return;
    if (!this.cells.has(cell)) this.cells.set(cell, new Set());
    this.cells.get(cell).add(here);
  }

  eachIn(cell, act) {
    for (const other of this.cells.get(cell) ?? []) act(other);
  }

  onJoin(client) {
    const here = { person: new Person(), view: new StateView(), cell: null };
    client.view = here.view;
    this.state.people.set(client.sessionId, here.person);
    here.view.add(here.person);
    this.people.set(client.sessionId, here);
  }

  onLeave(client) {
    const here = this.people.get(client.sessionId);
    this.move(here, null);
    this.people.delete(client.sessionId);
    this.state.people.delete(client.sessionId);
  }
}

function meet(one, other) {
  one.view.add(other.person);
  other.view.add(one.person);
}

function part(one, other) {
  one.view.remove(other.person);
  other.view.remove(one.person);
}

const port = await freePort();
const server = new Server({ transport: new WebSocketTransport({ perMessageDeflate: false }), greet: false });
server.define('house', House);
await server.listen(port, '127.0.0.1');
say(port);
