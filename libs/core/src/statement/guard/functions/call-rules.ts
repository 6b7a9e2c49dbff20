import type { Finding } from '../finding.js';
import { isPinnedSetting } from '../pinned-settings.js';
import { findingOfNotify } from './channels.js';
import type { FunctionCall } from './function-call.js';
import { TEXT_RUNNERS } from './lists/reviewed-extensions.js';
import { INFORMATION_SCHEMA_FUNCTIONS, reviewOfPostgres } from './reviewed-functions.js';

/** What the lists and the arguments say of a call, before the database is asked. */
export interface ListedCall {
  /** False: it is the app's, an extension's, PostgreSQL's but not reviewed, or nobody's. */
  readonly isListed: boolean;
  readonly finding?: Finding | undefined;
  /** The extension whose function it would be, where it runs text. */
  readonly extension?: string;
}

/** Judges a call by its name and arguments. */
export function judgeByLists(call: FunctionCall): ListedCall {
  const { schema, name } = call;
  if (schema === 'information_schema') {
    return INFORMATION_SCHEMA_FUNCTIONS.has(name) ? ALLOWED : UNLISTED;
  }
  if (schema === undefined || schema === 'pg_catalog') {
    const review = reviewOfPostgres(name);
    if (review === 'allowed') return { isListed: true, finding: findingByArguments(call) };
    if (review) return { isListed: true, finding: review };
  }
  const extension = TEXT_RUNNERS.get(name);
  if (extension === undefined) return UNLISTED;
  const detail = `${name}() runs SQL that is handed to it as a string`;
  return { isListed: true, finding: { rule: 'runs-text', detail }, extension };
}

const ALLOWED: ListedCall = { isListed: true };
const UNLISTED: ListedCall = { isListed: false };

/** PostgreSQL's functions that are allowed or refused by what is handed to them (`RULED_FUNCTIONS`). */
function findingByArguments({ name, argumentCount, firstArgument }: FunctionCall): Finding | undefined {
  if (name === 'set_config') return findingOfSetConfig(firstArgument);
  if (name === 'pg_notify') return findingOfNotify(firstArgument);
  if (name !== 'ts_rewrite' || argumentCount >= 3) return undefined;
  return { rule: 'runs-text', detail: 'ts_rewrite() with two arguments runs the second as SQL' };
}

function findingOfSetConfig(setting: string | undefined): Finding | undefined {
  if (setting === undefined) {
    const detail = 'set_config() of a setting that is not named by a string constant';
    return { rule: 'pinned-setting', detail };
  }
  if (!isPinnedSetting(setting)) return undefined;
  return { rule: 'pinned-setting', detail: `set_config() of the setting "${setting}"` };
}

/**
 * Whether an exemption (`guard.exemptFunctions`) can lift the finding. The pin and Rowhouse's own channels are not the
 * application's to give away; a channel that is not known yet is.
 */
export function mayBeExempt({ rule }: Finding, { name, firstArgument }: FunctionCall): boolean {
  if (rule === 'pinned-setting') return false;
  return rule !== 'own-channel' || name !== 'pg_notify' || firstArgument === undefined;
}
