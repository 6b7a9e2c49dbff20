import type { ServerResponse } from 'node:http';

/** What responses of Express and of Fastify have in common: the type of `@Res({ passthrough: true })`. */
export interface PlatformResponse {
  status(code: number): unknown;
  header(name: string, value: string | string[]): unknown;
}

/** Node's response: Express extends it, Fastify wraps it. */
export function rawResponseOf(response: PlatformResponse): ServerResponse {
  return 'raw' in response ? (response.raw as ServerResponse) : (response as unknown as ServerResponse);
}
