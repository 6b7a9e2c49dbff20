import type { Finding } from '../finding.js';

/** Rowhouse tells its instances of changes on channels of this prefix: what is sent on them, every instance acts upon. */
const OWN_PREFIX = 'rowhouse';

const isOwn = (channel: string): boolean => channel.startsWith(OWN_PREFIX);

/** @param channel - of LISTEN, NOTIFY or UNLISTEN, as the parser folded it; `undefined` for `UNLISTEN *`. */
export function findingOfChannel(channel: string | undefined): Finding | undefined {
  if (channel === undefined || !isOwn(channel)) return undefined;
  return { rule: 'own-channel', detail: `it uses Rowhouse's own channel "${channel}"` };
}

/** @param channel - of pg_notify(), where it is a string constant. */
export function findingOfNotify(channel: string | undefined): Finding | undefined {
  if (channel !== undefined) return findingOfChannel(channel);
  return { rule: 'own-channel', detail: 'pg_notify() on a channel that is not named by a string constant' };
}
