import { type ApiKey, ApiKeys } from '@rowhouse/admin/services';
import { PostgresTenantStore, type Tenant } from '@rowhouse/core';
import { findTenant, peppersFromEnvironment } from '@rowhouse/core/internal';
import type { Command } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { countOrZero, list } from '../../options/values.js';
import { commandActor } from '../../shell/actor.js';
import { EXIT, type ExitCode, type Io } from '../../shell/io.js';
import { onOneLine } from '../../shell/print.js';
import { report } from '../../shell/report.js';
import { withCatalog } from '../../target/catalog.js';
import type { TargetOptions } from '../../target/target.js';
import { keysText, newKeyText } from './keys-text.js';

interface KeysOptions extends TargetOptions {
  readonly json?: boolean;
}

interface CreateOptions extends KeysOptions {
  readonly label: string;
  readonly scope?: readonly string[];
  readonly network?: readonly string[];
  readonly expires?: string;
  readonly environment?: string;
}

interface RotateOptions extends KeysOptions {
  /** Hours. */
  readonly overlap?: number;
  readonly environment?: string;
}

const LIST_HELP = `
The JSON is {"keys": [...]}. It has neither keys nor hashes. Exit status: 0; 2 when there is no such tenant.

Examples:
  $ rowhouse keys list acme
  $ rowhouse keys list acme --json
`;

const CREATE_HELP = `
Prints the key, this once. Its hash is made with the peppers of ROWHOUSE_API_KEY_PEPPERS, which must be those of the
application. Exit status: 0; 2 when there is no such tenant, or a value is malformed.

Examples:
  $ rowhouse keys create acme --label ci --scope orders:read,orders:write
  $ rowhouse keys create acme --label office --network 203.0.113.0/24 --expires 2027-01-01T00:00:00Z --json
`;

const ROTATE_HELP = `
Prints the new key, this once. The old one works for the overlap. Exit status: 0; 1 when the key is revoked, has expired or
was rotated before; 2 when there is no such tenant or key.

Examples:
  $ rowhouse keys rotate acme 0190163d-8694-739b-aea5-966c26f8ad91
  $ rowhouse keys rotate acme 0190163d-8694-739b-aea5-966c26f8ad91 --overlap 0
`;

const REVOKE_HELP = `
A key that is revoked already stays as it is. Exit status: 0; 2 when there is no such tenant or key.

Examples:
  $ rowhouse keys revoke acme 0190163d-8694-739b-aea5-966c26f8ad91
`;

/** The commands for the API keys of tenants. */
export function addKeys(program: Command, io: Io, done: (code: ExitCode) => void): void {
  const keys = program.command('keys').description('manages the API keys of tenants');

  withTarget(keys.command('list'))
    .description('lists the keys of a tenant, latest first')
    .argument('<tenant>', 'slug or id')
    .addHelpText('after', LIST_HELP)
    .action(async (tenant, options) => done(await listKeys(tenant, options, io)));

  withTarget(keys.command('create'))
    .description('makes a key and shows it once')
    .argument('<tenant>', 'slug or id')
    .requiredOption('--label <text>', 'what the key is for')
    .option('--scope <scopes>', 'what it may do: orders:write, orders:*, *; separate with commas', list)
    .option('--network <networks>', 'where it may be used from, as CIDR; separate with commas', list)
    .option('--expires <time>', 'when it stops working, such as 2027-01-01T00:00:00Z (default: never)')
    .option('--environment <word>', 'stands in the key: rh_<word>_… (default: live)')
    .addHelpText('after', CREATE_HELP)
    .action(async (tenant, options) => done(await createKey(tenant, options, io)));

  withTarget(keys.command('rotate'))
    .description('makes a key that takes the place of another')
    .argument('<tenant>', 'slug or id')
    .argument('<key>', 'the id of the key')
    .option('--overlap <hours>', 'how long the old key still works, up to 720 (default: 24)', countOrZero)
    .option('--environment <word>', 'stands in the key: rh_<word>_… (default: live)')
    .addHelpText('after', ROTATE_HELP)
    .action(async (tenant, key, options) => done(await rotateKey(tenant, key, options, io)));

  withTarget(keys.command('revoke'))
    .description('revokes a key, for good')
    .argument('<tenant>', 'slug or id')
    .argument('<key>', 'the id of the key')
    .addHelpText('after', REVOKE_HELP)
    .action(async (tenant, key, options) => done(await revokeKey(tenant, key, options, io)));
}

const PAGE = 500;

async function listKeys(slugOrId: string, options: KeysOptions, io: Io): Promise<ExitCode> {
  const keys = await withKeys(slugOrId, options, io, async (apiKeys, { id }) => {
    const found: ApiKey[] = [];
    for (;;) {
      const last = found.at(-1);
      const after = last && ([last.createdAt.toISOString(), last.id] as const);
      const page = await apiKeys.list(id, { limit: PAGE, after });
      found.push(...page);
      if (page.length < PAGE) return found;
    }
  });
  report(io, options, { keys }, keysText(keys));
  return EXIT.ok;
}

async function createKey(slugOrId: string, options: CreateOptions, io: Io): Promise<ExitCode> {
  const { label, scope, network, expires } = options;
  const created = await withKeys(slugOrId, options, io, (apiKeys, { id }) =>
    apiKeys.create(
      id,
      { label, scopes: [...(scope ?? [])], networks: [...(network ?? [])], expiresAt: expires ?? null },
      { by: commandActor() },
    ),
  );
  report(io, options, created, newKeyText(created));
  return EXIT.ok;
}

async function rotateKey(slugOrId: string, keyId: string, options: RotateOptions, io: Io): Promise<ExitCode> {
  const { overlap } = options;
  const successor = await withKeys(slugOrId, options, io, (apiKeys, { id }) =>
    apiKeys.rotate(id, keyId, overlap === undefined ? {} : { overlapHours: overlap }, {
      by: commandActor(),
    }),
  );
  report(io, options, successor, newKeyText(successor));
  return EXIT.ok;
}

async function revokeKey(slugOrId: string, keyId: string, options: KeysOptions, io: Io): Promise<ExitCode> {
  const revoked = await withKeys(slugOrId, options, io, (apiKeys, { id }) =>
    apiKeys.revoke(id, keyId, { by: commandActor() }),
  );
  report(io, options, revoked, `The key ${revoked.id} (${onOneLine(revoked.label)}) is revoked.`);
  return EXIT.ok;
}

function withKeys<T>(
  slugOrId: string,
  options: KeysOptions & { readonly environment?: string },
  io: Io,
  work: (keys: ApiKeys, tenant: Tenant) => Promise<T>,
): Promise<T> {
  const peppers = peppersFromEnvironment(io.env);
  return withCatalog(options, io, async (catalog) => {
    const tenant = await findTenant(new PostgresTenantStore({ pool: catalog, peppers }), slugOrId);
    const { environment } = options;
    return work(new ApiKeys(catalog, { peppers, ...(environment !== undefined && { environment }) }), tenant);
  });
}
