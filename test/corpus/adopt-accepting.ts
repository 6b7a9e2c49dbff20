import { OptionsInvalidError } from '@rowhouse/core';
import { type AdoptionOptions, type AdoptionReport, type Fleet } from '@rowhouse/migrations/fleet';
import type { Snapshot } from './snapshot.js';
import { isRefusal } from './step-log.js';

const ATTEMPTS = 20;

export interface Accepted {
  readonly report: AdoptionReport;
  /** What was accepted after refusals that named it. */
  readonly accepted: readonly string[];
}

/** Adopts, and accepts the objects that a refusal names, as a user who has read it. */
export async function adoptAccepting(
  fleet: Fleet,
  options: AdoptionOptions,
  snapshot: Snapshot,
): Promise<Accepted> {
  const names = [...new Set(snapshot.map(({ name }) => name))].sort((a, b) => b.length - a.length);
  const accepted: string[] = [];
  let refusal: unknown;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const asked = accepted.length === 0 ? options : ({ ...options, accept: accepted } as AdoptionOptions);
      return { report: await fleet.adopt(asked), accepted };
    } catch (error) {
      const named = isRefusal(error) ? namedIn((error as Error).message, names, accepted) : [];
      // A release that cannot accept anything: what it refused before is the result.
      if (error instanceof OptionsInvalidError && refusal) throw refusal;
      if (named.length === 0 || attempt === ATTEMPTS) throw error;
      refusal = error;
      accepted.push(...named);
    }
  }
}

/** The objects that a message names: the longest name at each place. */
function namedIn(message: string, names: readonly string[], known: readonly string[]): string[] {
  let rest = message;
  return names.filter((name) => {
    const at = indexOfName(rest, name);
    if (at < 0) return false;
    rest = rest.replaceAll(name, ' ');
    return /\.| on /.test(name) && !known.includes(name);
  });
}

function indexOfName(text: string, name: string): number {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const [before, after] = [text[at - 1] ?? ' ', text[at + name.length] ?? ' '];
    if (!/[\w$."]/.test(before) && !/[\w$"]/.test(after)) return at;
  }
  return -1;
}
