import { z } from 'zod';

export const sinkName = (name: string) =>
  z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,39}$/, 'expected up to 40 small letters, digits and -')
    .default(name);

/** An address that the app itself names; it may be one of its own network. */
export const sinkUrl = z.url({
  protocol: /^https?$/,
  error: 'expected a URL such as https://example.com/usage',
});

/** A secret, or who reads it when it is needed. */
export const secretSchema = z
  .union([z.string().min(1), z.custom<() => string | undefined>((value) => typeof value === 'function')])
  .transform((given) => (typeof given === 'function' ? given : () => given));

/** A secret of the options: the text, or who reads it when something is sent, as `() => process.env.SECRET`. */
export type SinkSecret = string | (() => string | undefined);
