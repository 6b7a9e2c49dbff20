import { z } from 'zod';
import { parseOptions } from '../support/parse-options.js';

/** Who makes a change. It stands beside the change's event, and in the audit trail. */
export interface Actor {
  /** What kind of actor: `user`, `operator`, `service` … At most 100 characters. */
  readonly type: string;
  /** Which one, as the app knows it: the subject of a token, an e-mail address, a host. At most 200 characters. */
  readonly id: string;
}

const actorSchema = z.strictObject({
  type: z.string().min(1).max(100),
  id: z.string().min(1).max(200),
}) satisfies z.ZodType<Actor>;

/** To be called before anything is changed. @throws {OptionsInvalidError} */
export function requireActor(by: Actor | undefined): void {
  if (by !== undefined) parseOptions('by', actorSchema, by);
}
