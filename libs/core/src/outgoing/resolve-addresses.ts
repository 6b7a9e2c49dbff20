import { Resolver } from 'node:dns/promises';

const ATTEMPT_MS = 2_000;

/** The addresses of a name. It rejects as `node:dns` does where there are none. */
export type ResolveAddresses = (
  hostname: string,
  options: { readonly signal: AbortSignal },
) => Promise<readonly string[]>;

/**
 * By the DNS servers that the system is configured with, and not by its hosts file. `dns.lookup` would occupy a thread of the pool that
 * files and other names need, for as long as a server of somebody else likes.
 */
export const resolveAddresses: ResolveAddresses = async (hostname, { signal }) => {
  signal.throwIfAborted();
  const resolver = new Resolver({ timeout: ATTEMPT_MS, tries: 2 });
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const [ipv4, ipv6] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    if (ipv4.status === 'rejected' && ipv6.status === 'rejected') throw ipv4.reason;
    return [ipv4, ipv6].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  } finally {
    signal.removeEventListener('abort', cancel);
  }
};
