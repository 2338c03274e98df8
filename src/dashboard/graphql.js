// GraphQL over HTTP, and graphql-transport-ws, with nothing but what a browser has.

const PING_MS = 15_000;
const LONGEST_WAIT_MS = 10_000;
/** What the gateway closes a connection with whose key it does not take, or takes no more. */
const REFUSED = [4401, 4403];

const address = new URL('graphql', location.href.split('#')[0]);

/** The key is missing, unknown, expired or revoked. */
export class Refused extends Error {}

/** Answers `data`; throws Refused, or an Error that says what was wrong. */
export async function ask(key, query, variables) {
  const answer = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query, variables }),
  });
  if (answer.status === 401) throw new Refused('The gateway does not take this key.');
  const { data, errors } = await answer.json();
  if (errors) throw new Error(errors[0].message);
  return data;
}

/** The bytes of an upload, or of a file that a person sent. */
export async function fileOf(key, mediaId) {
  const answer = await fetch(new URL(`media/${mediaId}`, address), { headers: { authorization: `Bearer ${key}` } });
  if (!answer.ok) throw new Error((await answer.json()).message);
  return answer.blob();
}

/**
 * Follows a subscription over broken lines. `variables()` is asked at each connection, so that it goes on after what was
 * seen last. `on.data(data)`, `on.state('live' | 'waiting')`, `on.refused()` for the key, `on.error(error)` when the
 * gateway ends the subscription itself. Answers a function that ends it.
 */
export function follow(key, query, variables, on) {
  const url = new URL(address);
  url.protocol = url.protocol.replace('http', 'ws');
  let socket;
  let timer;
  let tries = 0;
  let over = false;

  const connect = () => {
    socket = new WebSocket(url, 'graphql-transport-ws');
    const say = (message) => socket.send(JSON.stringify(message));
    let pinging;
    let heard = true;
    socket.onopen = () => say({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } });
    socket.onmessage = ({ data }) => {
      heard = true;
      const message = JSON.parse(data);
      if (message.type === 'connection_ack') {
        tries = 0;
        say({ id: '1', type: 'subscribe', payload: { query, variables: variables() } });
        on.state('live');
        // A line that broke without a word, as when a laptop sleeps: nothing is heard, and nothing closes.
        pinging = setInterval(() => {
          if (!heard) return socket.close();
          heard = false;
          say({ type: 'ping' });
        }, PING_MS);
      } else if (message.type === 'ping') say({ type: 'pong' });
      else if (message.type === 'next' && message.payload.data) on.data(message.payload.data);
      else if (message.type === 'error' || message.type === 'complete') {
        stop();
        on.error(new Error(message.payload?.[0]?.message ?? 'The gateway ended the subscription.'));
      }
    };
    socket.onclose = ({ code }) => {
      clearInterval(pinging);
      if (over) return;
      if (REFUSED.includes(code)) return on.refused();
      on.state('waiting');
      timer = setTimeout(connect, Math.min(LONGEST_WAIT_MS, 500 * 2 ** tries++));
    };
  };
  const stop = () => {
    over = true;
    clearTimeout(timer);
    socket.close();
  };
  connect();
  return stop;
}
