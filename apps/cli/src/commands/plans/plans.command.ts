import { type OverridesPatch, TenantPlans } from '@rowhouse/admin/services';
import { EffectivePlans, PostgresTenantStore } from '@rowhouse/core';
import { findTenant } from '@rowhouse/core/internal';
import type { Command } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { commandActor } from '../../shell/actor.js';
import { EXIT, type ExitCode, type Io, UnusableError } from '../../shell/io.js';
import { report } from '../../shell/report.js';
import { withCatalog } from '../../target/catalog.js';
import { requireConfig, type TargetOptions } from '../../target/target.js';
import { overridesIn } from './overrides.js';
import { effectiveText, plansText } from './plans-text.js';

const LIST_HELP = `
The JSON is [{"name", "limits", "quotas", "rates", "features"}]. Exit status: 0; 2 when the config declares no plans.

Examples:
  $ rowhouse plans list
`;

const SHOW_HELP = `
The JSON is {"tenantId", "plan", "isDeclared", "limits", "quotas", "rates", "features", "overrides"}; each value is
{"value", "source"}. Exit status: 0; 2 when there is no such tenant, or the config declares no plans.

Examples:
  $ rowhouse plans show acme
  $ rowhouse plans show acme --json
`;

const OVERRIDE_HELP = `
Running instances follow within a second. The JSON is that of \`plans show\`. Exit status: 0; 2 when there is no such tenant,
or no plan has what is named.

Examples:
  $ rowhouse plans override acme quotas.seats=50 features.export=true limits.concurrency=8
  $ rowhouse plans override acme quotas.seats=unlimited
  $ rowhouse plans override acme --unset quotas.seats features.export
`;

interface PlansOptions extends TargetOptions {
  readonly json?: boolean;
}

interface OverrideOptions extends PlansOptions {
  readonly unset?: readonly string[];
}

/** The commands for plans, which the config declares. */
export function addPlans(program: Command, io: Io, done: (code: ExitCode) => void): void {
  const plans = program.command('plans').description('shows plans, and overrides what they say for a tenant');

  withTarget(plans.command('list'))
    .description('lists the plans that the config declares')
    .addHelpText('after', LIST_HELP)
    .action(async (options) => done(await list(options, io)));

  withTarget(plans.command('show'))
    .description('shows what a tenant may have, and where each value comes from')
    .argument('<tenant>', 'slug or id')
    .addHelpText('after', SHOW_HELP)
    .action(async (tenant, options) => done(await show(tenant, options, io)));

  withTarget(plans.command('override'))
    .description('gives a tenant something else than its plan does')
    .argument('<tenant>', 'slug or id')
    .argument('[overrides...]', 'quotas.seats=50')
    .option('--unset <names...>', 'takes overrides back: quotas.seats')
    .addHelpText('after', OVERRIDE_HELP)
    .action(async (tenant, overrides, options) => done(await override(tenant, overrides, options, io)));
}

async function list(options: PlansOptions, io: Io): Promise<ExitCode> {
  const plans = await withPlans(options, io, async (open) => open.list());
  report(io, options, plans, plansText(plans));
  return EXIT.ok;
}

async function show(slugOrId: string, options: PlansOptions, io: Io): Promise<ExitCode> {
  const view = await withPlans(options, io, async (plans, idOf) => plans.read(await idOf(slugOrId)));
  report(io, options, view, effectiveText(view));
  return EXIT.ok;
}

async function override(
  slugOrId: string,
  overrides: readonly string[],
  options: OverrideOptions,
  io: Io,
): Promise<ExitCode> {
  const patch: OverridesPatch = overridesIn(overrides, options.unset);
  const view = await withPlans(options, io, async (plans, idOf) =>
    plans.override(await idOf(slugOrId), patch, { by: commandActor() }),
  );
  report(io, options, view, effectiveText(view));
  return EXIT.ok;
}

/** @throws {UnusableError} when there is no config, or it declares no plans. */
function withPlans<T>(
  options: PlansOptions,
  io: Io,
  work: (plans: TenantPlans, idOf: (slugOrId: string) => Promise<string>) => Promise<T>,
): Promise<T> {
  return withCatalog(options, io, (catalog, target) => {
    const { path, config } = requireConfig(target);
    if (!config.plans)
      throw new UnusableError(`${path} declares no plans. Add plans: { free: { … } } to it.`);
    const { limits, plans } = target.pool;
    const tenants = new PostgresTenantStore({ pool: catalog });
    return work(
      new TenantPlans(catalog, new EffectivePlans({ limits, plans })),
      async (slugOrId) => (await findTenant(tenants, slugOrId)).id,
    );
  });
}
