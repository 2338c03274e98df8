// The load on the gateway: requests are written before the clock starts, so that the load costs little beside what it loads.
import { Pool } from 'undici';
import { closedLoop, paramsOf, post, recipientOf, referenceOf, serve } from './helper.mjs';

const RESULT = '{ __typename ... on Message { id status } ... on Problem { code message field } }';
const ONE = `mutation ($input: SendMessageInput!) { sendMessage(input: $input) ${RESULT} }`;
const MANY = `mutation ($inputs: [SendMessageInput!]!) { sendMessages(inputs: $inputs) ${RESULT} }`;

let pool;
let headers;
let accountId;
let template;

const input = (series, index) => ({
  to: recipientOf(series, index),
  reference: referenceOf(series, index),
  accountId,
  content: { template: { name: template, params: paramsOf(series, index) } },
});

function bodies(series, count, batch) {
  const written = (query, variables) => Buffer.from(JSON.stringify({ query, variables }));
  if (batch === 1) return Array.from({ length: count }, (_, index) => written(ONE, { input: input(series, index) }));
  return Array.from({ length: Math.ceil(count / batch) }, (_, part) => {
    const size = Math.min(batch, count - part * batch);
    return written(MANY, { inputs: Array.from({ length: size }, (_, place) => input(series, part * batch + place)) });
  });
}

const ACCEPTED = '"__typename":"Message"';
function countAccepted(text) {
  let count = 0;
  for (let at = text.indexOf(ACCEPTED); at !== -1; at = text.indexOf(ACCEPTED, at + ACCEPTED.length)) count++;
  return count;
}

serve({
  /** Opens the lines. */
  connect(given) {
    ({ accountId, template } = given);
    headers = { 'content-type': 'application/json', authorization: `Bearer ${given.key}` };
    pool = new Pool(given.url, { connections: given.connections, pipelining: 1, headersTimeout: 60_000 });
  },
  /** Sends `count` messages, `batch` in each request, `width` requests at a time. */
  async send({ series, count, batch, width, withinMs }) {
    const written = bodies(series, count, batch);
    let accepted = 0;
    let refusal;
    const cpu = process.cpuUsage();
    const loop = await closedLoop(written.length, width, withinMs, async (index) => {
      const { status, text } = await post(pool, '/graphql', headers, written[index]);
      const taken = status === 200 ? countAccepted(text) : 0;
      accepted += taken;
      if (taken === 0) refusal ??= `${status} ${text.slice(0, 300)}`;
    });
    const { user, system } = process.cpuUsage(cpu);
    if (refusal) throw new Error(`The gateway refused the load: ${refusal}`);
    return { ...loop, accepted, cpu: (user + system) / 1e6 };
  },
  async close() {
    await pool.close();
  },
});
