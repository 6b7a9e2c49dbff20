import type { Actor } from '@rowhouse/core';

/** Who does what a request does, by Express's request or Fastify's; `undefined` for nobody. */
export type ActorOf = (request: never) => Actor | undefined;

/** `request.user` with a claim `sub`, as guards leave a verified token there, or with an `id`. */
export function actorOfRequest({ user }: { readonly user?: unknown }): Actor | undefined {
  const { sub, id } = Object(user) as { sub?: unknown; id?: unknown };
  const name = sub ?? id;
  return typeof name === 'string' || typeof name === 'number' ? { type: 'user', id: `${name}` } : undefined;
}
