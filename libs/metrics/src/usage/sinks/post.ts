import { messageOf } from '@rowhouse/core/internal';
import { UsageSinkError } from '../usage-errors.js';

/** From looking the host up to the end of the answer. Milliseconds. */
const TIMEOUT_MS = 15_000;
/** Characters of an answer that an error shows. */
const SHOWN = 300;

export interface SinkRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Sends a request to a place that the app's options name. Redirects are not followed.
 *
 * @param isKnown - whether an answer that is no success says that the receiver has it already.
 * @throws {UsageSinkError} for all but 2xx.
 */
export async function post(
  { url, headers, body }: SinkRequest,
  signal: AbortSignal,
  isKnown: (status: number, text: string) => boolean = () => false,
): Promise<void> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: within });
    text = await response.text();
  } catch (error) {
    throw new UsageSinkError(`${new URL(url).host} cannot be reached: ${messageOf(error)}`, { cause: error });
  }
  if (response.ok || isKnown(response.status, text)) return;
  throw new UsageSinkError(`${new URL(url).host} answered ${response.status}: ${text.slice(0, SHOWN)}`, {
    retryAfter: response.headers.get('retry-after') ?? undefined,
  });
}
