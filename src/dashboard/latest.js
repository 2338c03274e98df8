// A list of the latest, newest first: lines that open. What happens to one changes it where it stands.
import { h } from './element.js';

/**
 * `place` is the list's element and `shown` how many it holds at most. `parts(thing)` answers what is shown of one: `kind`
 * is its class, `line` stands in its line, `below` under it. `more(id)` brings the rest of one that is open.
 */
export function latest(place, shown, { parts, more }) {
  const open = new Set();

  const read = (id, inside) =>
    more(id).then(
      (blocks) => blocks && inside.replaceChildren(...blocks),
      (error) => inside.replaceChildren(error.message),
    );

  const item = (thing) => {
    const { id, createdAt } = thing;
    const { kind, line, below } = parts(thing);
    const inside = h('div', { class: 'inside' });
    const ontoggle = () => {
      if (!details.open) return open.delete(id);
      open.add(id);
      read(id, inside);
    };
    const details = h(
      'details',
      { open: open.has(id), ontoggle },
      h('summary', null, ...line),
      ...below.filter(Boolean),
      inside,
    );
    return h('li', { id, class: kind, 'data-at': createdAt }, details);
  };

  /** An old one that something happens to, as a late callback does, is not among the latest. */
  const isNewer = ({ createdAt }) => place.children.length < shown || createdAt >= place.lastElementChild.dataset.at;

  return {
    isEmpty: () => place.children.length === 0,
    set: (things) => place.replaceChildren(...things.map(item)),
    take(thing) {
      const known = document.getElementById(thing.id);
      if (known) {
        const focused = known.contains(document.activeElement);
        const fresh = item(thing);
        // What is open stays there until the new is read.
        fresh.querySelector('.inside').replaceChildren(...known.querySelector('.inside').childNodes);
        known.replaceWith(fresh);
        if (focused) fresh.querySelector('summary').focus();
      } else if (isNewer(thing)) {
        place.prepend(item(thing));
        if (place.children.length > shown) place.lastElementChild.remove();
      }
    },
    drop: (id) => document.getElementById(id)?.remove(),
  };
}
