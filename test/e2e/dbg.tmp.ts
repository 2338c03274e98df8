import pg from 'pg';
import { writeSync } from 'node:fs';
const P: any = pg.Client.prototype;
const q = P.query, e = P.emit;
P.query = function (...a: any[]) { this.__last = (typeof a[0] === 'string' ? a[0] : a[0]?.text)?.slice(0, 120); this.__stack = new Error().stack; return q.apply(this, a); };
P.emit = function (ev: string, ...a: any[]) {
  if (ev === 'error' && this.listenerCount('error') === 0) writeSync(2, `NOLISTENER ${this.connectionParameters.application_name} use=${this._poolUseCount} ending=${this._ending} last=${this.__last} ${a[0]?.message}\n${this.__stack}\n`);
  return e.call(this, ev, ...a);
};
