import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, openApp } from '../../app.fixture.js';

let app: App;
beforeAll(async () => {
  app = await openApp();
  await app.rowhouse('tenants create acme');
});
afterAll(() => app.close());

const json = async (line: string) => JSON.parse((await app.rowhouse(`${line} --json`)).stdout);
const ADD = 'members add acme --issuer https://id.example.com';

describe('rowhouse members', () => {
  it('changes need the roles of the config', async () => {
    const { code, stderr } = await app.rowhouse(
      `${ADD} --subject 1 --email a@example.com --member-roles owner`,
    );
    expect(stderr).toContain("members: { roles: ['owner', 'member'], ownerRole: 'owner' }");
    expect(code).toBe(2);
    const config = readFileSync(join(app.folder, 'rowhouse.config.ts'), 'utf8');
    app.write(
      'rowhouse.config.ts',
      config.replace(
        'export default {',
        "export default { members: { roles: ['owner', 'member'], ownerRole: 'owner' },",
      ),
    );
  });

  it('add makes a member, and list shows it', async () => {
    expect(await app.rowhouse('members list acme')).toMatchObject({ code: 0, stdout: 'No members.\n' });
    const { code, stdout } = await app.rowhouse(
      `${ADD} --subject 1 --email ada@example.com --member-roles owner,member --name Ada`,
    );
    expect(stdout).toMatch(/^ada@example\.com \([0-9a-f-]{36}\) is a member of acme: owner, member\.\n$/);
    expect(code).toBe(0);
    const added = await json(`${ADD} --subject 2 --email bob@example.com --member-roles member`);
    expect(added).toMatchObject({ roles: ['member'], createdBy: { type: 'operator' } });
    const { stdout: listed } = await app.rowhouse('members list acme');
    expect(listed).toMatch(
      /^ID +EMAIL +NAME +ROLES +STATUS +LAST SEEN\n[0-9a-f-]{36} +ada@example\.com +Ada +owner,member/,
    );
    const page = await json('members list acme --limit 1');
    expect(page).toMatchObject({ members: [{ email: 'ada@example.com' }], next: 'ada@example.com' });
    expect((await json(`members list acme --cursor ${page.next}`)).members).toHaveLength(1);
    expect((await json('members list acme --role owner')).members).toHaveLength(1);
  });

  it('says what is wrong by its exit status', async () => {
    const codeOf = async (line: string) => (await app.rowhouse(line)).code;
    expect(await codeOf(`${ADD} --subject 1 --email x@example.com --member-roles member`)).toBe(1);
    expect(await codeOf(`${ADD} --subject 3 --email x@example.com --member-roles root`)).toBe(2);
    expect(await codeOf(`${ADD} --subject 3 --email x --member-roles member`)).toBe(2);
    expect(await codeOf('members list nobody')).toBe(2);
    expect(await codeOf('members roles acme nobody@example.com member')).toBe(2);
  });

  it('roles and remove spare the last owner', async () => {
    const kept = await app.rowhouse('members roles acme ADA@example.com member');
    expect(kept).toMatchObject({ code: 1, stderr: expect.stringContaining('last active member') });
    expect((await app.rowhouse('members remove acme ada@example.com')).code).toBe(1);
    const { stdout } = await app.rowhouse('members roles acme bob@example.com owner');
    expect(stdout).toBe('bob@example.com: owner.\n');
    const { id } = await json('members remove acme ada@example.com');
    expect((await app.rowhouse(`members remove acme ${id}`)).code).toBe(2);
  });

  it('invite prints the token', async () => {
    const { code, stdout } = await app.rowhouse('members invite acme eve@example.com --member-roles member');
    expect(stdout).toMatch(/^Token, shown once, good until \S+Z:\n[\w-]{43}\n$/);
    expect(code).toBe(0);
    expect(await json('members invite acme eve@example.com --member-roles member --days 3')).toMatchObject({
      token: expect.any(String),
      state: 'pending',
    });
  });
});
