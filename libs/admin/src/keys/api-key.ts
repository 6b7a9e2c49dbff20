import type { Actor } from '@rowhouse/core';
import { isNetwork } from '@rowhouse/core/internal';
import { z } from 'zod';
import { shownText } from '../text.js';

/** An API key of a tenant, as operators see it. Neither the key nor its hash is in it. */
export interface ApiKey {
  readonly id: string;
  readonly label: string;
  /** The first characters, to recognise it by; `null` for keys made before there were prefixes. */
  readonly prefix: string | null;
  readonly scopes: readonly string[];
  /** Where it may be used from; empty: from everywhere. */
  readonly networks: readonly string[];
  /** The pepper that its hash is made with; 0 for none. */
  readonly pepperVersion: number;
  readonly expiresAt: Date | null;
  /** To the minute. */
  readonly lastUsedAt: Date | null;
  readonly createdAt: Date;
  readonly createdBy: Actor | null;
  readonly revokedAt: Date | null;
  /** The key that took its place. */
  readonly replacedBy: string | null;
}

/** A new key, and the only time that it is shown. */
export interface NewApiKey extends ApiKey {
  readonly key: string;
}

const scope = z
  .string()
  .max(100)
  .regex(
    /^(?:\*|[a-z0-9][a-z0-9._-]*(?::[a-z0-9][a-z0-9._-]*)*(?::\*)?)$/,
    'expected a scope such as orders:write, orders:* or *',
  );

const network = z
  .string()
  .max(50)
  .refine(isNetwork, 'expected a network such as 10.0.0.0/8, 192.0.2.7 or 2001:db8::/32');

const unique = (texts: string[]) => [...new Set(texts)];

/** In JSON a time is text (RFC 3339); services take a `Date`. */
const time = z.union([
  z.iso
    .datetime({ offset: true })
    .max(40)
    .transform((text) => new Date(text)),
  z.date(),
]);

/** The end of the years that RFC 3339 can write. */
export const LATEST_EXPIRY_MS = Date.UTC(9999, 11, 31);

const inFuture = time.refine(
  (at) => at.getTime() > Date.now() && at.getTime() <= LATEST_EXPIRY_MS,
  'expected a time in the future, before the year 10000',
);

const fields = {
  label: shownText(200).describe('What the key is for. Need not be unique.'),
  scopes: z
    .array(scope)
    .max(100)
    .transform(unique)
    .describe('What the key may do: orders:write, orders:*, *.'),
  networks: z
    .array(network)
    .max(100)
    .transform(unique)
    .describe('Where it may be used from, as CIDR. Empty: from everywhere.'),
  expiresAt: inFuture.nullable().describe('When it stops working; null for never.'),
};

export const newApiKeySchema = z.strictObject({
  label: fields.label,
  scopes: fields.scopes.default([]),
  networks: fields.networks.default([]),
  expiresAt: fields.expiresAt.default(null),
});

export const apiKeyChangeSchema = z
  .strictObject(fields)
  .partial()
  .refine(
    (change) => Object.values(change).some((value) => value !== undefined),
    'expected one of label, scopes, networks, expiresAt',
  )
  .meta({ minProperties: 1 });

const MAX_OVERLAP_HOURS = 30 * 24;

export const rotationSchema = z.strictObject({
  overlapHours: z
    .int()
    .min(0)
    .max(MAX_OVERLAP_HOURS)
    .default(24)
    .describe('How long the old key still works.'),
});

export type ApiKeyInput = z.input<typeof newApiKeySchema>;
export type ApiKeyChange = z.input<typeof apiKeyChangeSchema>;
export type ApiKeyRotation = z.input<typeof rotationSchema>;
