import { z } from 'zod';

/** What the catalog keeps of a tenant beside its rows, and archives hold on request. In the order in which they stand there. */
export const RECORD_KINDS = ['settings', 'domains', 'members', 'overrides'] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];

const text = (max: number) => z.string().min(1).max(max);
const json = z.record(z.string(), z.unknown());

const settingsSchema = z.strictObject({
  /** Those of the tenant's own, with secrets where the archive is encrypted. */
  overrides: json,
  /** Dotted paths of secrets that are not there. */
  leftOut: z.array(text(500)).max(10_000),
});

const memberSchema = z.strictObject({
  issuer: text(300),
  subject: text(255),
  email: text(254),
  name: text(200),
  roles: z.array(text(50)).min(1).max(50),
  status: z.enum(['active', 'suspended']),
});

/** What is right for the app is for {@link TenantRecords} to say. No entry names a tenant: they are of the one that the archive becomes. */
const SCHEMAS = {
  settings: settingsSchema,
  /** In ASCII. They are claims: whoever has the archive has proven none of them. */
  domains: uniqueBy(z.array(text(253)).max(10_000), (domain) => domain),
  members: uniqueBy(
    uniqueBy(z.array(memberSchema), ({ issuer, subject }) => JSON.stringify([issuer, subject])),
    ({ email }) => email.toLowerCase(),
  ),
  /** Of the plan. */
  overrides: json,
} as const satisfies Record<RecordKind, z.ZodType>;

export type ArchivedSettings = Readonly<z.infer<typeof settingsSchema>>;
export type ArchivedMember = Readonly<z.infer<typeof memberSchema>>;

/** The records that an archive has, each as one entry. */
export interface ArchivedRecords {
  readonly settings?: ArchivedSettings;
  readonly domains?: readonly string[];
  readonly members?: readonly ArchivedMember[];
  readonly overrides?: Readonly<Record<string, unknown>>;
}

export function recordEntryOf(kind: RecordKind): string {
  return `records/${kind}.json`;
}

/** @returns `undefined` for the name of another entry. */
export function recordKindOf(entry: string): RecordKind | undefined {
  return RECORD_KINDS.find((kind) => recordEntryOf(kind) === entry);
}

export function recordSchemaOf(kind: RecordKind): z.ZodType {
  return SCHEMAS[kind];
}

export function kindsIn(records: ArchivedRecords): readonly RecordKind[] {
  return RECORD_KINDS.filter((kind) => records[kind] !== undefined);
}

function uniqueBy<T extends z.ZodType<readonly unknown[]>>(
  list: T,
  keyOf: (one: z.output<T>[number]) => string,
): T {
  return list.refine((all) => new Set(all.map(keyOf)).size === all.length, 'expected each once');
}
