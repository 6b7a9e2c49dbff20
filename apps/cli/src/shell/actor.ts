import { hostname, userInfo } from 'node:os';
import type { Actor } from '@rowhouse/core';

/** The actor of a command: the account that runs it, and its host. It is stored with the events of the change. */
export function commandActor(): Actor {
  return { type: 'operator', id: `${accountName()}@${hostname()}`.slice(0, 200) };
}

/** `userInfo()` throws when the account has no name, which happens in containers. */
function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
