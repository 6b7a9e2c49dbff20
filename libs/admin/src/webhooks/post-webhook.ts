import type { IncomingMessage } from 'node:http';
import {
  OutgoingError,
  type OutgoingFailure,
  type OutgoingPolicy,
  sendOutgoing,
} from '@rowhouse/core/internal';

/** From looking the host up to the end of the answer. */
const TIMEOUT_MS = 15_000;
/** More of an answer is not read. */
const MAX_ANSWER_BYTES = 16_384;

/** Why there is no answer. */
export type PostFailure = Exclude<OutgoingFailure, 'size'>;

export interface PostAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

export type PostOutcome = PostAnswer | { readonly failure: PostFailure };

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends a message to a webhook. What was answered counts, whatever becomes of the rest of the answer. */
export async function postWebhook(post: Post, policy: OutgoingPolicy): Promise<PostOutcome> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await sendOutgoing({ method: 'POST', ...post }, policy, signal);
    await readThrough(response);
    return { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] };
  } catch (error) {
    if (error instanceof OutgoingError && error.failure !== 'size') return { failure: error.failure };
    throw error;
  }
}

function readThrough(response: IncomingMessage): Promise<void> {
  let bytes = 0;
  return new Promise((resolve) => {
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) response.destroy();
    });
    response.on('close', resolve);
  });
}
