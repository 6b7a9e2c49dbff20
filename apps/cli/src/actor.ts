import { hostname, userInfo } from 'node:os';
import type { Actor } from '@rowhouse/core';

/** Who gives a command: the account that runs it, and where. Events of the change carry it. */
export function commandActor(): Actor {
  return { type: 'operator', id: `${accountName()}@${hostname()}`.slice(0, 200) };
}

/** In a container the account may have no name. */
function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
