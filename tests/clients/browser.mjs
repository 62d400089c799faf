// What browsers have and Node 20 has not, a bad line, and how a script plays the scene that a test names.
import WebSocket from 'ws';

const sockets = [];
globalThis.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    sockets.push(this);
  }
};

/** As when a train goes into a tunnel. */
export const hangUp = () => sockets.forEach((socket) => socket.terminate());

/** fetch that loses the first answer with this word in it, after the server has done what it was asked. */
export function losing(word) {
  let isLost = false;
  return async (input, init) => {
    const response = await fetch(input, init);
    if (isLost || !(await response.clone().text()).includes(word)) return response;
    isLost = true;
    throw new TypeError('fetch failed');
  };
}

/** fetch, and a list of what went over the wire by it. */
export function watched() {
  const wire = [];
  return {
    wire,
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      const { errors = [] } = await response.clone().json();
      wire.push({ method: init.method ?? 'GET', codes: errors.map((error) => error.extensions.code) });
      return response;
    },
  };
}

export async function until(question) {
  const end = Date.now() + 30_000;
  while (!question()) {
    if (Date.now() > end) throw new Error(`It has never come: ${question}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** Prints what was seen, as JSON. */
export async function play(scenes) {
  const { scene, ...told } = JSON.parse(process.argv[2]);
  console.log(JSON.stringify(await scenes[scene](told)));
  process.exit(); // sockets may be open
}
