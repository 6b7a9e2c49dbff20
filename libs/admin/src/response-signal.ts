import { type PlatformResponse, rawResponseOf } from '@rowhouse/nestjs/operator';

/** Aborted when the client is gone before it has its answer. */
export function signalOf(response: PlatformResponse): AbortSignal {
  const controller = new AbortController();
  const raw = rawResponseOf(response);
  raw.once('close', () => controller.abort());
  if (raw.destroyed) controller.abort();
  return controller.signal;
}
