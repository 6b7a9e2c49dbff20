import { FileNotFoundError } from './errors.js';
import type { TenantFile } from './tenant-file.entity.js';

/** Names of modules: they are folders of keys. */
export const MODULE_NAME = /^[a-z][a-z0-9-]{0,39}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Characters that have no place in a name: controls, and those that turn the direction of writing around. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff]/g;
/** Halves of surrogate pairs, which PostgreSQL cannot store. */
const HALVES = /\p{Surrogate}/gu;
const MAX_NAME_LENGTH = 200;
const MAX_KEY_NAME_LENGTH = 100;

/** The folder with all files of a tenant. No module is called as the folder of uploads is. */
export const folderOf = (tenantId: string): string => `${required(tenantId, UUID)}/`;

/** Where uploads wait until they are checked. */
export const uploadsOf = (tenantId: string): string => `${tenantId}/.uploads/`;

export const uploadKeyOf = (tenantId: string, fileId: string): string =>
  `${uploadsOf(tenantId)}${required(fileId, UUID)}`;

/**
 * Where the content of a file is: `{tenant}/{module}/{yyyy}/{mm}/{dd}/{uuid}-{name}`. The tenant is the one in force, never one that a
 * row names: a row that came from another tenant, by an import or a clone, leads to none of that tenant's files.
 *
 * @throws {FileNotFoundError} for a row with parts that no key is made of: the app has not written it.
 */
export function keyOf(
  tenantId: string,
  { id, module, name, createdAt }: Pick<TenantFile, 'id' | 'module' | 'name' | 'createdAt'>,
): string {
  const day = createdAt.toISOString().slice(0, 10).replaceAll('-', '/');
  const folder = `${required(tenantId, UUID)}/${required(module, MODULE_NAME)}/${required(day, /^\d{4}\/\d\d\/\d\d$/)}`;
  return `${folder}/${required(id, UUID)}-${keyNameOf(name)}`;
}

/** Where the thumbnail of a picture is: beside its content. @throws {FileNotFoundError} */
export const thumbnailKeyOf = (...file: Parameters<typeof keyOf>): string =>
  `${keyOf(...file)}.thumbnail.webp`;

/** What says that a picture gets no thumbnail: it was tried. @throws {FileNotFoundError} */
export const noThumbnailKeyOf = (...file: Parameters<typeof keyOf>): string =>
  `${keyOf(...file)}.thumbnail.none`;

/** One of them is there when a thumbnail was tried. @throws {FileNotFoundError} */
export const thumbnailKeysOf = (...file: Parameters<typeof keyOf>): readonly string[] => [
  thumbnailKeyOf(...file),
  noThumbnailKeyOf(...file),
];

const CONTENT_KEY =
  /^[0-9a-f-]{36}\/[a-z][a-z0-9-]{0,39}\/\d{4}\/\d\d\/\d\d\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-[^/]+$/;

/** Whether a key is one of {@link keyOf}. */
export const isContentKey = (key: string): boolean => CONTENT_KEY.test(key);

/** What people are shown: the last part of a path, without what cannot be seen. */
export function cleanName(given: string): string {
  const last = given.normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  const seen = last
    .replace(UNSEEN, '')
    .trim()
    .replace(/^\.+|[. ]+$/g, '');
  return withoutMiddle(seen, MAX_NAME_LENGTH).replace(HALVES, '') || 'file';
}

/** The name in a key: letters, digits and `. _ -`, so that no store and no URL reads anything else into it. */
function keyNameOf(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^[.-]+|[.-]+$/g, '');
  return withoutMiddle(plain, MAX_KEY_NAME_LENGTH) || 'file';
}

/** Of a name that is too long, the extension stays. */
function withoutMiddle(name: string, length: number): string {
  if (name.length <= length) return name;
  const extension = /\.[A-Za-z0-9]{1,10}$/.exec(name)?.[0] ?? '';
  return name.slice(0, length - extension.length) + extension;
}

function required(part: string, pattern: RegExp): string {
  if (pattern.test(part)) return part;
  throw new FileNotFoundError();
}
