// The numbers to prove: how far each is, and what was tried. Nothing here would let a reader prove one in its person's place.
import { h } from './element.js';
import { latest } from './latest.js';
import { STEPS, VERIFICATIONS, VERIFICATIONS_SHOWN } from './queries.js';
import { chip, factList, problemLine, timeline, when } from './view.js';

/** Of many at once, those that were blocked last. */
const BLOCKED_SHOWN = 5;
/** Why what a person sent proved nothing. */
const REASONS = {
  EXPIRED: 'too late',
  ANOTHER_NUMBER: 'another number',
  USED: 'proved already',
  CLOSED: 'canceled or failed before',
};

const find = (id) => document.getElementById(id);

/** The section, which is hidden while there is nothing to tell; `ask(query, variables)` speaks with the gateway. */
export function numbersToProve(ask) {
  let blocked = [];
  const list = latest(find('verifications'), VERIFICATIONS_SHOWN, {
    parts,
    more: async (id) => {
      const { verification } = await ask(STEPS, { id });
      return verification && inside(verification);
    },
  });
  const show = () => {
    find('proving').hidden = list.isEmpty() && blocked.length === 0;
  };

  return {
    async read() {
      const { verifications } = await ask(VERIFICATIONS);
      list.set(verifications.edges.map(({ node }) => node));
      show();
    },
    take(verification) {
      list.take(verification);
      show();
    },
    /** Prefixes as the figures have them. Only what changed is put there: a screen reader says it again. */
    warn(prefixes) {
      if (JSON.stringify(prefixes) !== JSON.stringify(blocked)) find('blocked').replaceChildren(...warnings(prefixes));
      blocked = prefixes;
      show();
    },
  };
}

function parts({ phone, method, status, createdAt, problem }) {
  return {
    kind: null,
    line: [
      when(createdAt),
      h('span', { class: 'to' }, phone ?? 'somebody'),
      h('span', { class: 'what' }, method),
      chip(status),
    ],
    below: [problem && problemLine(problem)],
  };
}

function inside({ id, reference, steps, expiresAt, verifiedAt, checksLeft, events }) {
  return [
    factList([
      ['Id', id],
      ['Reference', reference],
      ...steps.map(stepFact),
      ['Checks left', checksLeft === null ? null : String(checksLeft)],
      ['Expiry', when(expiresAt)],
      ['Verified', verifiedAt && when(verifiedAt)],
    ]),
    timeline(events, ({ type, data }) => [
      chip(type.replace('VERIFICATION_', '')),
      data.reason && h('span', null, REASONS[data.reason] ?? data.reason),
    ]),
  ];
}

const stepFact = ({ method, account, startedAt, problem }, index) => [
  `Step ${index + 1}`,
  h('span', null, when(startedAt), ` ${method} through ${account?.name ?? '?'}`),
  problem && problemLine(problem),
];

function warnings(prefixes) {
  const more = prefixes.length - BLOCKED_SHOWN;
  return [
    ...prefixes
      .slice(0, BLOCKED_SHOWN)
      .map(({ prefix, started, verified, until }) =>
        h(
          'p',
          { class: 'warning' },
          'Numbers that begin with ',
          h('strong', null, prefix),
          ' are blocked until ',
          when(until),
          `: of ${started} started in 30 minutes, ${verified} verified.`,
        ),
      ),
    ...(more > 0 ? [h('p', { class: 'warning' }, `And ${more} more.`)] : []),
  ];
}
