import type { Selection } from '@rowhouse/migrations/fleet';
import { type Command, InvalidArgumentError } from 'commander';
import { count, list, scalar } from './values.js';

const FIELDS = ['plan', 'placement', 'status', 'isolation'] as const;

/** Conditions on the fields of tenants, as @rowhouse/migrations takes them. */
export interface Where {
  readonly plan?: string;
  readonly placement?: string;
  readonly status?: string;
  readonly isolation?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface SelectionOptions {
  /** Slugs. */
  readonly tenant?: readonly string[];
  readonly where?: Where;
  readonly limit?: number;
}

export function withSelection(command: Command): Command {
  return command
    .option('--tenant <slugs>', 'only these tenants; separate slugs with commas', list)
    .option(
      '--where <conditions>',
      'only tenants with plan=…, placement=…, status=…, isolation=…, metadata.<field>=…; separate with commas',
      where,
    )
    .option('--limit <n>', 'at most this many tenants, in the order of their slugs', count);
}

/** Converts to a selection of @rowhouse/migrations, which checks the values. Options that were not given are left out. */
export function selectionOf({ tenant, where: conditions, limit }: SelectionOptions): Selection {
  return {
    ...(tenant && { tenants: [...tenant] }),
    ...(conditions && { where: conditions as Selection['where'] }),
    ...(limit !== undefined && { limit }),
  };
}

/** `plan=free,metadata.region=eu`; may be repeated. */
export function where(text: string, before: Where = {}): Where {
  return list(text).reduce((conditions, condition) => withCondition(conditions, condition), before);
}

function withCondition(conditions: Where, text: string): Where {
  const [, field = '', value = ''] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if ((FIELDS as readonly string[]).includes(field)) return { ...conditions, [field]: value };
  const [, name] = /^metadata\.(.+)$/.exec(field) ?? [];
  if (name === undefined) {
    throw new InvalidArgumentError(
      `"${text}" is not a condition. Fields are ${FIELDS.join(', ')} and metadata.<field>: plan=free,metadata.region=eu.`,
    );
  }
  return { ...conditions, metadata: { ...conditions.metadata, [name]: scalar(value) } };
}
