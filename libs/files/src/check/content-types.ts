/** What is taken where `types` says nothing: what people exchange, and no browser runs. */
export const DEFAULT_TYPES = [
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'application/pdf',
  'text/plain',
  'text/csv',
  'application/json',
  'application/zip',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  'application/vnd.oasis.opendocument.text',
  'application/vnd.oasis.opendocument.spreadsheet',
] as const;

/** A media type without parameters (RFC 6838). */
export const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;

const MARKUP_TYPES = /^(text\/(html|xml)|application\/(xhtml\+)?xml|image\/svg\+xml)$/;
const TEXT_TYPES = /^(text\/.*|application\/(x-ndjson|.*\+?(json|xml))|image\/svg\+xml)$/;

/** Types whose content is found to be of another one, which is their container. */
const CONTAINERS: readonly (readonly [declared: RegExp, container: string])[] = [
  [
    /^application\/(vnd\.openxmlformats-officedocument\..*|vnd\.oasis\.opendocument\..*|epub\+zip)$/,
    'application/zip',
  ],
  [/^application\/(msword|vnd\.ms-(excel|powerpoint|outlook))$/, 'application/x-cfb'],
  [/^image\/png$/, 'image/apng'],
  [MARKUP_TYPES, 'application/xml'],
];

/** Controls that text does not have. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const BINARY = /[\u0000-\u0008\u000b\u000e-\u001a\u001c-\u001f\u007f]/;
const MARKUP =
  /^(\u00ef\u00bb\u00bf)?(\s|<!--[^>]*-->)*<(!doctype|\?xml|html|head|body|script|style|svg|iframe|object|embed|img|meta|link|math)\b/i;
/** As far as a browser looks that guesses what a file is (WHATWG, MIME Sniffing). */
const SNIFFED_BYTES = 1_445;

/**
 * Why content is not of the type that it was announced as; `undefined` when it may be.
 *
 * @param found - what its first bytes are a sign of, or nothing.
 * @param sample - its first bytes.
 */
export function typeMismatch(
  declared: string,
  found: string | undefined,
  sample: Uint8Array,
): string | undefined {
  if (found === declared) return undefined;
  const isContainer = CONTAINERS.some(([type, container]) => type.test(declared) && container === found);
  if (isContainer) return undefined;
  if (found !== undefined) return `It is ${found}, not ${declared}.`;
  if (!TEXT_TYPES.test(declared)) return `It does not begin as ${declared} does.`;
  const text = Buffer.from(sample).toString('latin1');
  if (BINARY.test(text)) return `It is not text, so not ${declared}.`;
  if (!MARKUP_TYPES.test(declared) && MARKUP.test(text.slice(0, SNIFFED_BYTES)))
    return `It is a page or a picture with markup, not ${declared}.`;
  return undefined;
}
