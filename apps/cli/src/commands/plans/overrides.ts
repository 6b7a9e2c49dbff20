import { scalar } from '../../options/values.js';
import { UnusableError } from '../../shell/io.js';

const NAMED = /^(limits|quotas|rates|features)\.([^=]+)$/;

type Patch = Record<string, Record<string, unknown>>;

/**
 * The merge patch of `quotas.seats=50` and of names to take back.
 *
 * @throws {UnusableError}
 */
export function overridesIn(set: readonly string[], unset: readonly string[] = []): Patch {
  const patch: Patch = {};
  const add = (name: string, value: unknown) => {
    const [, kind, entry] = NAMED.exec(name) ?? [];
    if (kind === undefined || entry === undefined)
      throw new UnusableError(
        `Expected limits.<name>, quotas.<name>, rates.<name> or features.<name>, not "${name}".`,
      );
    patch[kind] = { ...patch[kind], [entry]: value };
  };
  for (const text of set) {
    const at = text.indexOf('=');
    const value = at < 0 ? null : scalar(text.slice(at + 1));
    if (value === null) throw new UnusableError(`Expected a value, as in quotas.seats=50, not "${text}".`);
    add(text.slice(0, at), value);
  }
  for (const name of unset) add(name, null);
  if (Object.keys(patch).length === 0)
    throw new UnusableError('Give what to override, as in quotas.seats=50, or --unset quotas.seats.');
  return patch;
}
