import { Resolver } from 'node:dns/promises';

/** Stands before the domain in the name of the TXT record. */
export const CHALLENGE_PREFIX = '_rowhouse-challenge.';
const VALUE_PREFIX = 'rowhouse-domain-verification=';

/** How long an answer is waited for. */
const TIMEOUT_MS = 5_000;
const ATTEMPT_MS = 2_000;

/** The TXT record that proves a domain. */
export interface DomainChallenge {
  readonly name: string;
  readonly type: 'TXT';
  readonly value: string;
}

/**
 * Why a check did not prove a domain: there is no such name; the name has no such record; the record has another value; no answer
 * came in time; the DNS servers answered by an error; another tenant has the domain.
 */
export const DOMAIN_FAILURES = [
  'nxdomain',
  'no-record',
  'other-value',
  'timeout',
  'server-failure',
  'taken',
] as const;
export type DomainFailure = (typeof DOMAIN_FAILURES)[number];

/** Looks TXT records up: each is a list of strings, as `node:dns` answers them, and rejects as `node:dns` does. */
export type ResolveTxt = (
  name: string,
  options: { readonly signal: AbortSignal },
) => Promise<readonly (readonly string[])[]>;

/** By the DNS servers that the system is configured with. */
export const resolveTxt: ResolveTxt = async (name, { signal }) => {
  const resolver = new Resolver({ timeout: ATTEMPT_MS, tries: 2 });
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await resolver.resolveTxt(name);
  } finally {
    signal.removeEventListener('abort', cancel);
  }
};

export function challengeOf(domain: string, token: string): DomainChallenge {
  return { name: `${CHALLENGE_PREFIX}${domain}`, type: 'TXT', value: `${VALUE_PREFIX}${token}` };
}

/**
 * Looks for the record of a challenge.
 *
 * @param stop - ends the wait.
 * @returns why it was not found; `undefined` when it was.
 * @throws the reason of `stop`.
 */
export async function failureOf(
  { name, value }: DomainChallenge,
  resolve: ResolveTxt,
  stop?: AbortSignal,
): Promise<Exclude<DomainFailure, 'taken'> | undefined> {
  const limit = new AbortController();
  const end = () => limit.abort();
  const timer = setTimeout(end, TIMEOUT_MS);
  stop?.addEventListener('abort', end, { once: true });
  try {
    stop?.throwIfAborted();
    const ended = new Promise<never>((_, reject) => {
      limit.signal.addEventListener('abort', () => reject(limit.signal.reason), { once: true });
    });
    const records = await Promise.race([resolve(name, { signal: limit.signal }), ended]);
    const values = records.map((strings) => strings.join(''));
    if (values.includes(value)) return undefined;
    return values.some((one) => one.startsWith(VALUE_PREFIX)) ? 'other-value' : 'no-record';
  } catch (error) {
    stop?.throwIfAborted();
    return limit.signal.aborted ? 'timeout' : failureOfError(error);
  } finally {
    clearTimeout(timer);
    stop?.removeEventListener('abort', end);
  }
}

/** Codes of `node:dns`. */
const FAILURES: Readonly<Record<string, 'nxdomain' | 'no-record' | 'timeout'>> = {
  ENOTFOUND: 'nxdomain',
  ENODATA: 'no-record',
  ETIMEOUT: 'timeout',
};

function failureOfError(error: unknown): 'nxdomain' | 'no-record' | 'timeout' | 'server-failure' {
  const { code } = Object(error) as { code?: unknown };
  return FAILURES[String(code)] ?? 'server-failure';
}
