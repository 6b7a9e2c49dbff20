/** One header as it arrived: an array when the client sent it more than once and the values were not joined. */
export type HeaderValue = string | readonly string[] | undefined;

/**
 * What a resolver may read of a request, whatever the request is made of.
 *
 * Made by `toTenantRequest`. Nothing is parsed or copied before it is asked for.
 */
export interface TenantRequest {
  /** As the client sent it; `GET` where the source has none. */
  readonly method: string;
  /** The path as the client sent it, still percent-encoded, without query and fragment. At least `/`. */
  readonly path: string;
  /** The raw query, without `?`; empty when there is none. */
  readonly query: string;
  /** Host and port that the request *target* names: HTTP/2 `:authority`, an absolute URL. Most requests have only a `Host` header. */
  readonly authority: string | undefined;
  /** Address of the peer on the socket: the last proxy, where there is one. */
  readonly remoteAddress: string | undefined;
  /** What was handed to `toTenantRequest`. */
  readonly raw: unknown;
  /** @param name - in any letter case. */
  header(name: string): HeaderValue;
}

/** A headers object in any letter case, as serverless events and socket handshakes carry it. */
export type PlainHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;
