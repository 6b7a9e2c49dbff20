import { type Domain, Domains } from '@rowhouse/admin/services';
import type { Command } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { commandActor } from '../../shell/actor.js';
import { EXIT, type ExitCode, type Io } from '../../shell/io.js';
import { report } from '../../shell/report.js';
import { withCatalog } from '../../target/catalog.js';
import type { TargetOptions } from '../../target/target.js';
import { domainsText, domainText } from './domains-text.js';

interface DomainOptions extends TargetOptions {
  readonly json?: boolean;
}

const PAGE = 500;

const LIST_HELP = `
The JSON is {"domains": [...]}. Exit status: 0; 2 when there is no such tenant.

Examples:
  $ rowhouse domains list acme
  $ rowhouse domains list acme --json
`;

const ADD_HELP = `
Prints the TXT record that proves the domain. It is served when the record has been found, by \`rowhouse domains verify\` or by
the running application. Exit status: 0; 1 when another tenant has it; 2 when it is no domain, or there is no such tenant.

Examples:
  $ rowhouse domains add acme shop.acme.com
  $ rowhouse domains add acme bücher.example
`;

const VERIFY_HELP = `
Exit status: 0; 1 when the record has not been found; 2 when there is no such tenant or domain.

Examples:
  $ rowhouse domains verify acme shop.acme.com
`;

const PRIMARY_HELP = `
Exit status: 0; 1 when the domain is not verified; 2 when there is no such tenant or domain.

Examples:
  $ rowhouse domains primary acme shop.acme.com
`;

const REMOVE_HELP = `
The domain is served no longer, and other tenants can have it. Exit status: 0; 2 when there is no such tenant or domain.

Examples:
  $ rowhouse domains remove acme shop.acme.com
`;

/** The commands for the domains of tenants. */
export function addDomains(program: Command, io: Io, done: (code: ExitCode) => void): void {
  const domains = program.command('domains').description('manages the domains of tenants');
  const add = (
    name: string,
    description: string,
    help: string,
    action: (tenant: string, domain: string, options: DomainOptions, io: Io) => Promise<ExitCode>,
  ) =>
    withTarget(domains.command(name))
      .description(description)
      .argument('<tenant>', 'slug or id')
      .argument('<domain>', 'in Unicode or punycode')
      .addHelpText('after', help)
      .action(async (tenant, domain, options) => done(await action(tenant, domain, options, io)));

  withTarget(domains.command('list'))
    .description('lists the domains of a tenant')
    .argument('<tenant>', 'slug or id')
    .addHelpText('after', LIST_HELP)
    .action(async (tenant, options) => done(await listDomains(tenant, options, io)));
  add('add', 'adds a domain that is to be proven', ADD_HELP, addDomain);
  add('verify', 'looks for the record that proves a domain', VERIFY_HELP, verifyDomain);
  add('primary', 'makes a verified domain the primary one', PRIMARY_HELP, makePrimary);
  add('remove', 'takes a domain from a tenant', REMOVE_HELP, removeDomain);
}

async function listDomains(tenant: string, options: DomainOptions, io: Io): Promise<ExitCode> {
  const domains = await withDomains(options, io, (service) => everyDomain(service, tenant));
  report(io, options, { domains }, domainsText(domains));
  return EXIT.ok;
}

async function everyDomain(service: Domains, tenant: string): Promise<readonly Domain[]> {
  const domains: Domain[] = [];
  for (;;) {
    const page = await service.list(tenant, { limit: PAGE, after: domains.at(-1)?.domain });
    domains.push(...page);
    if (page.length < PAGE) return domains;
  }
}

async function addDomain(tenant: string, domain: string, options: DomainOptions, io: Io): Promise<ExitCode> {
  const added = await withDomains(options, io, (service) =>
    service.add(tenant, domain, { by: commandActor() }),
  );
  report(io, options, added, domainText(added));
  return EXIT.ok;
}

async function verifyDomain(
  tenant: string,
  domain: string,
  options: DomainOptions,
  io: Io,
): Promise<ExitCode> {
  const checked = await withDomains(options, io, (service) =>
    service.verify(tenant, domain, { by: commandActor(), signal: io.signal }),
  );
  report(io, options, checked, domainText(checked));
  return checked.status === 'verified' && checked.failure === null ? EXIT.ok : EXIT.failed;
}

async function makePrimary(
  tenant: string,
  domain: string,
  options: DomainOptions,
  io: Io,
): Promise<ExitCode> {
  const primary = await withDomains(options, io, (service) =>
    service.makePrimary(tenant, domain, { by: commandActor() }),
  );
  report(io, options, primary, domainText(primary));
  return EXIT.ok;
}

async function removeDomain(
  tenant: string,
  domain: string,
  options: DomainOptions,
  io: Io,
): Promise<ExitCode> {
  const removed = await withDomains(options, io, (service) =>
    service.remove(tenant, domain, { by: commandActor() }),
  );
  report(io, options, removed, `${removed.domain} was removed.`);
  return EXIT.ok;
}

function withDomains<T>(options: DomainOptions, io: Io, work: (domains: Domains) => Promise<T>): Promise<T> {
  return withCatalog(options, io, (catalog) => work(new Domains(catalog)));
}
