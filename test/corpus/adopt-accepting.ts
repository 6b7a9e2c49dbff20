import { type AdoptionOptions, type AdoptionReport, type Fleet } from '@rowhouse/migrations/fleet';
import { isRefusal } from './step-log.js';

export interface Accepted {
  readonly report: AdoptionReport;
  /** What was accepted after a refusal that named it. */
  readonly accepted: readonly string[];
}

/** Adopts, and accepts the objects that a refusal names, as a user who has read it. */
export async function adoptAccepting(fleet: Fleet, options: AdoptionOptions): Promise<Accepted> {
  try {
    return { report: await fleet.adopt(options), accepted: [] };
  } catch (error) {
    const accept = isRefusal(error) ? namedIn((error as Error).message) : [];
    if (accept.length === 0) throw error;
    return { report: await fleet.adopt({ ...options, accept }), accepted: accept };
  }
}

const namedIn = (message: string) =>
  [...message.matchAll(/--accept '([^']+)'/g)].map(([, name = '']) => name);
