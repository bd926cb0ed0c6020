// How a server here says where it listens.
import { createServer } from 'node:net';

export async function freePort() {
  const probe = createServer();
  await new Promise((ready) => probe.listen(0, '127.0.0.1', ready));
  const { port } = probe.address();
  await new Promise((closed) => probe.close(closed));
  return port;
}

export function say(port) {
  console.log(`listening on ${port}`);
}
