import { z } from 'zod';
import { isNetwork, Networks } from '../support/networks.js';
import { type ResolveAddresses, resolveAddresses } from './resolve-addresses.js';

/** Where requests may lead whose URLs somebody else has named. */
export interface OutgoingOptions {
  /** Allows `http:` too, for development. Default false. */
  readonly allowHttp?: boolean | undefined;
  /** Networks, as CIDR, that they may lead to although they are not of the public internet. Default: none. */
  readonly allowedNetworks?: readonly string[] | undefined;
  /** Default: the DNS servers of the system. */
  readonly resolveAddresses?: ResolveAddresses | undefined;
}

export const outgoingSchema = z.strictObject({
  allowHttp: z.boolean().default(false),
  allowedNetworks: z
    .array(z.string().refine(isNetwork, 'expected a network such as 10.1.0.0/16'))
    .default([])
    .transform((networks) => new Networks(networks)),
  resolveAddresses: z
    .custom<ResolveAddresses>((value) => typeof value === 'function', 'expected a function')
    .default(() => resolveAddresses),
});

/** The options, checked, with every default filled in. */
export type OutgoingPolicy = Readonly<z.output<typeof outgoingSchema>>;
