import { TENANT_ISOLATIONS, type TenantIsolation } from '@rowhouse/core';
import { type Command, Option } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { jsonObject } from '../../options/values.js';
import { EXIT, type ExitCode, type Io, UnusableError } from '../../shell/io.js';
import { report } from '../../shell/report.js';
import { withFleet } from '../../target/deployment.js';
import type { TargetOptions } from '../../target/target.js';
import { controlOf } from './life-control.js';

interface ChangeOptions extends TargetOptions {
  readonly json?: boolean;
  readonly name?: string;
  readonly plan?: string;
  readonly metadata?: Record<string, unknown>;
}

interface CreateOptions extends ChangeOptions {
  readonly id?: string;
  readonly isolation?: TenantIsolation;
  readonly placement?: string;
  readonly ifNotExists?: boolean;
}

const CREATE_HELP = `
Creates the tenant's home, runs every migration and the seed of the config, and activates the tenant. If it is interrupted,
\`rowhouse tenants repair\` continues it. Exit status: 0; 1 when it failed, or the slug is taken; 2 when the command could
not start.

Examples:
  $ rowhouse tenants create acme --name 'Acme Ltd' --plan pro
  $ rowhouse tenants create initech --isolation database --placement eu-west
  $ rowhouse tenants create acme --if-not-exists --metadata '{"region":"eu"}' --json
`;

const UPDATE_HELP = `
Exit status: 0; 2 when there is no such tenant.

Examples:
  $ rowhouse tenants update acme --plan enterprise
  $ rowhouse tenants update acme --metadata '{"region":"us"}'      # replaces all metadata
`;

const STATUS_HELP = `
Exit status: 0; 1 when the tenant's status does not allow it; 2 when there is no such tenant.

Examples:
  $ rowhouse tenants suspend acme         # requests are answered with 403
  $ rowhouse tenants maintenance acme     # with 503 and Retry-After
  $ rowhouse tenants archive acme
  $ rowhouse tenants activate acme        # runs the migrations that it lacks first
`;

const STATUS_COMMANDS = [
  ['suspend', 'takes a tenant out of service: its requests get 403'],
  ['maintenance', 'takes a tenant out of service for a short time: its requests get 503'],
  ['archive', 'takes a tenant out of service for a long time; migration runs skip it'],
  ['activate', 'puts a tenant back in service'],
] as const;

export function addTenantChanges(tenants: Command, io: Io, done: (code: ExitCode) => void): void {
  withFields(withTarget(tenants.command('create')))
    .description('creates a tenant')
    .argument('<slug>', 'a-z, 0-9 and -, beginning with a letter')
    .option('--id <uuid>', 'the id (default: a random one)')
    .addOption(new Option('--isolation <kind>', 'default: schema').choices(TENANT_ISOLATIONS))
    .option('--placement <name>', 'the placement that holds its data (default: default)')
    .option('--if-not-exists', 'succeeds without a change if a tenant with this slug exists')
    .addHelpText('after', CREATE_HELP)
    .action(async (slug, options) => done(await create(slug, options, io)));

  withFields(withTarget(tenants.command('update')))
    .description('changes the name, the plan or the metadata of a tenant')
    .argument('<slug>')
    .addHelpText('after', UPDATE_HELP)
    .action(async (slug, options) => done(await update(slug, options, io)));

  for (const [name, description] of STATUS_COMMANDS) {
    withTarget(tenants.command(name))
      .description(description)
      .argument('<slug>')
      .addHelpText('after', STATUS_HELP)
      .action(async (slug, options) => done(await changeStatus(name, slug, options, io)));
  }
}

function withFields(command: Command): Command {
  return command
    .option('--name <name>', 'the name to display (default: the slug)')
    .option('--plan <plan>', 'the plan (default: free)')
    .option('--metadata <json>', 'a JSON object', jsonObject);
}

async function create(slug: string, options: CreateOptions, io: Io): Promise<ExitCode> {
  const { id, name, plan, metadata, isolation, placement, ifNotExists } = options;
  const wanted = { id, slug, name, plan, metadata, isolation, placement, ifNotExists };
  const tenant = await withFleet(options, io, { app: true }, ({ tenants }) =>
    tenants.create(wanted, controlOf(io)),
  );
  report(io, options, tenant, `Tenant ${tenant.slug} (${tenant.id}) is ${tenant.status}.`);
  return EXIT.ok;
}

async function update(slug: string, options: ChangeOptions, io: Io): Promise<ExitCode> {
  const { name, plan, metadata } = options;
  if (name === undefined && plan === undefined && metadata === undefined) {
    throw new UnusableError('Give --name, --plan or --metadata.');
  }
  const change = {
    ...(name !== undefined && { name }),
    ...(plan !== undefined && { plan }),
    ...(metadata !== undefined && { metadata }),
  };
  const tenant = await withFleet(options, io, { app: false }, ({ tenants }) =>
    tenants.update(slug, change, controlOf(io)),
  );
  report(io, options, tenant, `Tenant ${slug} was changed.`);
  return EXIT.ok;
}

async function changeStatus(
  change: (typeof STATUS_COMMANDS)[number][0],
  slug: string,
  options: ChangeOptions,
  io: Io,
): Promise<ExitCode> {
  // Activating runs the migrations that the tenant lacks.
  const needs = { app: change === 'activate' };
  const tenant = await withFleet(options, io, needs, ({ tenants }) => tenants[change](slug, controlOf(io)));
  report(io, options, tenant, `Tenant ${slug} is ${tenant.status}.`);
  return EXIT.ok;
}
