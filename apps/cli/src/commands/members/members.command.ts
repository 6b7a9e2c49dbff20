import {
  Invitations,
  type Member,
  type MemberFilter,
  MemberListing,
  Members,
} from '@rowhouse/admin/services';
import { type Catalog, EffectivePlans, PostgresTenantStore, TenantQuotas } from '@rowhouse/core';
import { findTenant } from '@rowhouse/core/internal';
import type { Command } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { count, list } from '../../options/values.js';
import { commandActor } from '../../shell/actor.js';
import { EXIT, type ExitCode, type Io, UnusableError } from '../../shell/io.js';
import { report } from '../../shell/report.js';
import { withCatalog } from '../../target/catalog.js';
import type { Target, TargetOptions } from '../../target/target.js';
import { membersText } from './members-text.js';

interface MembersOptions extends TargetOptions {
  readonly json?: boolean;
}

interface ListOptions extends MembersOptions, Pick<MemberFilter, 'search'> {
  readonly role?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

interface AddOptions extends MembersOptions {
  readonly issuer: string;
  readonly subject: string;
  readonly email: string;
  readonly name?: string;
  readonly memberRoles: readonly string[];
}

interface InviteOptions extends MembersOptions {
  readonly memberRoles: readonly string[];
  readonly days?: number;
}

const LIST_HELP = `
The JSON is {"members": [...], "next"?}: "next" is the cursor of the next page. Exit status: 0; 2 when there is no such
tenant.

Examples:
  $ rowhouse members list acme
  $ rowhouse members list acme --role owner --json
`;

const ADD_HELP = `
The roles are those of \`members\` in rowhouse.config.ts. Exit status: 0; 1 when the user or the address is taken; 2 when there
is no such tenant or role.

Examples:
  $ rowhouse members add acme --issuer https://id.example.com --subject 248289761001 \\
      --email ada@example.com --member-roles owner
`;

const ROLES_HELP = `
The roles replace those that the member has. Exit status: 0; 1 for the last active owner; 2 when there is no such member
or role.

Examples:
  $ rowhouse members roles acme ada@example.com admin,member
`;

const REMOVE_HELP = `
Exit status: 0; 1 for the last active owner; 2 when there is no such member.

Examples:
  $ rowhouse members remove acme ada@example.com
`;

const INVITE_HELP = `
Prints the token of the link, once; nothing is mailed. Exit status: 0; 1 when the address is a member's; 2 when there is
no such tenant or role.

Examples:
  $ rowhouse members invite acme eve@example.com --member-roles member --days 3
`;

/** The commands for the users who may enter a tenant. */
export function addMembers(program: Command, io: Io, done: (code: ExitCode) => void): void {
  const members = program.command('members').description('manages the users who may enter a tenant');

  withTarget(members.command('list'))
    .description('lists the members of a tenant, sorted by e-mail address')
    .argument('<tenant>', 'slug or id')
    .option('--search <text>', 'only members with this in their address or name')
    .option('--role <role>', 'only members with this role')
    .option('--limit <n>', 'the size of a page (default: 100)', count)
    .option('--cursor <cursor>', 'continues after a page: its "next"')
    .addHelpText('after', LIST_HELP)
    .action(async (tenant, options) => done(await listMembers(tenant, options, io)));

  withTarget(members.command('add'))
    .description('makes a user a member of a tenant')
    .argument('<tenant>', 'slug or id')
    .requiredOption('--issuer <url>', 'the identity provider: the claim "iss"')
    .requiredOption('--subject <id>', 'the user there: the claim "sub"')
    .requiredOption('--email <address>', 'the e-mail address')
    .requiredOption('--member-roles <roles>', 'separate with commas', list)
    .option('--name <name>', 'the name to display (default: the address)')
    .addHelpText('after', ADD_HELP)
    .action(async (tenant, options) => done(await add(tenant, options, io)));

  withTarget(members.command('roles'))
    .description('gives a member other roles')
    .argument('<tenant>', 'slug or id')
    .argument('<member>', 'e-mail address or id')
    .argument('<roles>', 'separate with commas', list)
    .addHelpText('after', ROLES_HELP)
    .action(async (tenant, member, roles, options) =>
      done(await changeRoles(tenant, member, roles, options, io)),
    );

  withTarget(members.command('remove'))
    .description('removes a member from a tenant')
    .argument('<tenant>', 'slug or id')
    .argument('<member>', 'e-mail address or id')
    .addHelpText('after', REMOVE_HELP)
    .action(async (tenant, member, options) => done(await remove(tenant, member, options, io)));

  withTarget(members.command('invite'))
    .description('makes an invitation, which lets one user become a member')
    .argument('<tenant>', 'slug or id')
    .argument('<email>', 'the address of the user')
    .requiredOption('--member-roles <roles>', 'separate with commas', list)
    .option('--days <n>', 'how long it can be accepted (default: 7)', count)
    .addHelpText('after', INVITE_HELP)
    .action(async (tenant, email, options) => done(await invite(tenant, email, options, io)));
}

async function listMembers(slugOrId: string, options: ListOptions, io: Io): Promise<ExitCode> {
  const { limit = 100, cursor, search, role } = options;
  const found = await withCatalog(options, io, async (catalog) => {
    const { id } = await tenantOf(catalog, slugOrId);
    const after = cursor?.toLowerCase();
    return new MemberListing(catalog).list(id, { limit: limit + 1, after, search, role });
  });
  const members = found.slice(0, limit);
  const next = found.length > limit ? members.at(-1)?.email.toLowerCase() : undefined;
  const more = next === undefined ? '' : `\n\nMore: rowhouse members list ${slugOrId} --cursor ${next}`;
  report(io, options, { members, ...(next !== undefined && { next }) }, membersText(members) + more);
  return EXIT.ok;
}

async function add(slugOrId: string, options: AddOptions, io: Io): Promise<ExitCode> {
  const { issuer, subject, email, name, memberRoles: roles } = options;
  const member = await withCatalog(options, io, async (catalog, target) => {
    const members = new Members(catalog, rolesIn(target), quotasIn(target));
    const { id } = await tenantOf(catalog, slugOrId);
    return members.add(
      id,
      { issuer, subject, email, roles: [...roles], ...(name !== undefined && { name }) },
      { by: commandActor() },
    );
  });
  report(
    io,
    options,
    member,
    `${member.email} (${member.id}) is a member of ${slugOrId}: ${rolesOf(member)}.`,
  );
  return EXIT.ok;
}

async function changeRoles(
  slugOrId: string,
  who: string,
  roles: readonly string[],
  options: MembersOptions,
  io: Io,
): Promise<ExitCode> {
  const member = await withCatalog(options, io, async (catalog, target) => {
    const members = new Members(catalog, rolesIn(target));
    const { tenantId, id } = await memberOf(catalog, members, slugOrId, who);
    return members.change(tenantId, id, { roles: [...roles] }, { by: commandActor() });
  });
  report(io, options, member, `${member.email}: ${rolesOf(member)}.`);
  return EXIT.ok;
}

async function remove(slugOrId: string, who: string, options: MembersOptions, io: Io): Promise<ExitCode> {
  const member = await withCatalog(options, io, async (catalog, target) => {
    const members = new Members(catalog, rolesIn(target));
    const found = await memberOf(catalog, members, slugOrId, who);
    await members.remove(found.tenantId, found.id, { by: commandActor() });
    return found;
  });
  report(io, options, member, `${member.email} is no member of ${slugOrId} any more.`);
  return EXIT.ok;
}

async function invite(slugOrId: string, email: string, options: InviteOptions, io: Io): Promise<ExitCode> {
  const { memberRoles: roles, days } = options;
  const invitation = await withCatalog(options, io, async (catalog, target) => {
    const invitations = new Invitations(catalog, rolesIn(target), quotasIn(target));
    const { id } = await tenantOf(catalog, slugOrId);
    return invitations.create(
      id,
      { email, roles: [...roles], ...(days !== undefined && { expiresInDays: days }) },
      { by: commandActor() },
    );
  });
  const until = invitation.expiresAt.toISOString();
  report(io, options, invitation, `Token, shown once, good until ${until}:\n${invitation.token}`);
  return EXIT.ok;
}

function tenantOf(catalog: Catalog, slugOrId: string) {
  return findTenant(new PostgresTenantStore({ pool: catalog }), slugOrId);
}

async function memberOf(
  catalog: Catalog,
  members: Members,
  slugOrId: string,
  emailOrId: string,
): Promise<Member> {
  const { id } = await tenantOf(catalog, slugOrId);
  return emailOrId.includes('@') ? members.findByEmail(id, emailOrId) : members.find(id, emailOrId);
}

function rolesOf({ roles }: Member): string {
  return roles.join(', ');
}

/** @throws {UnusableError} where nothing says which roles there are. */
function quotasIn({ pool: { limits, plans } }: Target): TenantQuotas {
  return new TenantQuotas(new EffectivePlans({ limits, plans }));
}

function rolesIn({ config }: Target): { readonly roles: readonly string[]; readonly ownerRole: string } {
  const members = config?.config.members;
  if (members) return members;
  throw new UnusableError(
    "Which roles there are must stand in rowhouse.config.ts, as in the app: members: { roles: ['owner', 'member'], ownerRole: 'owner' }.",
  );
}
