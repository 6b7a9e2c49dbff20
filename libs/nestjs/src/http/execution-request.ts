import type { ExecutionContext } from '@nestjs/common';
import type { RawRequest } from './request-state.js';

export type FrameworkRequest = RawRequest & { readonly raw?: RawRequest };

/** The third argument of a GraphQL resolver, as Apollo and Mercurius make it. */
interface GraphQLContext {
  readonly req?: FrameworkRequest;
  readonly reply?: { readonly request: FrameworkRequest };
}

/**
 * The HTTP request behind a handler: a route's, or that of a GraphQL operation, which comes over HTTP too.
 * `undefined` for other transports.
 */
export function requestOf(context: ExecutionContext): FrameworkRequest | undefined {
  switch (context.getType<'http' | 'graphql' | 'rpc' | 'ws'>()) {
    case 'http':
      return context.switchToHttp().getRequest<FrameworkRequest>();
    case 'graphql': {
      const { req, reply } = context.getArgByIndex<GraphQLContext>(2);
      return req ?? reply?.request;
    }
    default:
      return undefined;
  }
}
