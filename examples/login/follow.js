// Follows a verification over WebSocket, and by asking wherever that line is broken.

const FIELDS = 'status method waLink qrCode';
/** A line may break without a word. */
const LOOK_MS = 10_000;
const LONGEST_WAIT_MS = 5_000;

/** Calls `take` with the verification as it is, then after each change. Answers a function that ends it. */
export function follow({ gateway, id, watchToken }, take) {
  const address = `${gateway}/graphql`;
  const authorization = `Bearer ${watchToken}`;
  const variables = { id };
  let socket;
  let timer;
  let tries = 0;
  let deaf = false;
  let over = false;

  const heard = (verification) => {
    if (!over && verification) take(verification);
  };

  async function look() {
    try {
      const answer = await fetch(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization },
        body: JSON.stringify({ query: `query ($id: ID!) { verification(id: $id) { ${FIELDS} } }`, variables }),
      });
      // Long over, or the key that began it was revoked: nothing is told here any more.
      if (answer.status === 401) {
        hangUp();
        heard({ status: 'UNKNOWN' });
      } else heard((await answer.json()).data?.verification);
    } catch {
      // No line at all. It is tried again.
    }
  }

  function connect() {
    socket = new WebSocket(address.replace(/^http/, 'ws'), 'graphql-transport-ws');
    const say = (message) => socket.send(JSON.stringify(message));
    socket.onopen = () => say({ type: 'connection_init', payload: { authorization } });
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === 'connection_ack') {
        tries = 0;
        const query = `subscription ($id: ID!) { verificationUpdated(id: $id) { ${FIELDS} } }`;
        say({ id: '1', type: 'subscribe', payload: { query, variables } });
      } else if (message.type === 'ping') say({ type: 'pong' });
      else if (message.type === 'next') heard(message.payload.data?.verificationUpdated);
    };
    socket.onclose = () => {
      if (deaf) return;
      look();
      timer = setTimeout(connect, Math.min(LONGEST_WAIT_MS, 500 * 2 ** tries++));
    };
  }

  function hangUp() {
    deaf = true;
    clearTimeout(timer);
    socket.close();
  }

  // Back from WhatsApp: on a phone the page was asleep meanwhile.
  const awake = () => document.visibilityState === 'visible' && look();
  document.addEventListener('visibilitychange', awake);
  const looking = setInterval(look, LOOK_MS);
  connect();
  return () => {
    over = true;
    document.removeEventListener('visibilitychange', awake);
    clearInterval(looking);
    hangUp();
  };
}
