import { Alert, Button, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import type { AdminSchemas } from '@rowhouse/client';
import { type FormEvent, useState } from 'react';
import { answer, api } from '../../api/client.js';
import { isMissing } from '../../api/problem.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { Listing, usePages } from '../../parts/listing.js';
import { Moment } from '../../parts/moment.js';
import { ProblemAlert } from '../../parts/problem-alert.js';
import { SecretOnce } from '../../parts/secret-once.js';
import { StatusBadge } from '../../parts/status.js';
import { useChange } from '../../parts/use-change.js';
import { wordsIn } from '../../parts/words-in.js';
import { useMay } from '../../session/use-me.js';
import { useTexts } from '../../texts/texts.js';
import type { Tenant } from '../tenants/tenant-filters.js';

type Member = AdminSchemas['schemas']['Member'];
type Invitation = AdminSchemas['schemas']['Invitation'];

export function Members({ tenant }: { tenant: Tenant }) {
  const { members: texts } = useTexts();
  const mayChange = useMay('operator');
  const path = { tenant: tenant.id };
  const members = usePages<Member>(['tenant', tenant.id, 'members'], (cursor, signal) =>
    answer(api.GET('/tenants/{tenant}/members', { params: { path, query: { cursor } }, signal })),
  );
  const invitations = usePages<Invitation>(['tenant', tenant.id, 'invitations'], (cursor, signal) =>
    answer(api.GET('/tenants/{tenant}/invitations', { params: { path, query: { cursor } }, signal })),
  );
  if (isMissing(members.error)) return <Alert color="gray" variant="outline" title={texts.undeclared} />;
  return (
    <Stack gap="lg">
      <Listing
        label={texts.title}
        pages={members}
        keyOf={({ id }) => id}
        columns={[
          {
            header: texts.columns.name,
            cell: ({ name, email }) => (
              <>
                {name}
                <Text size="xs" c="dimmed">
                  {email}
                </Text>
              </>
            ),
          },
          { header: texts.columns.roles, cell: ({ roles }) => roles.join(', ') },
          { header: texts.columns.status, cell: ({ status }) => <StatusBadge status={status} /> },
          { header: texts.columns.seen, cell: ({ lastSeenAt }) => <Moment at={lastSeenAt} /> },
          ...(mayChange
            ? [
                {
                  header: texts.columns.actions,
                  cell: (member: Member) => <MemberActions tenant={tenant} member={member} />,
                },
              ]
            : []),
        ]}
      />
      <Title order={2} size="h4">
        {texts.invitations}
      </Title>
      {mayChange && <Invite tenant={tenant} />}
      <Listing
        label={texts.invitations}
        pages={invitations}
        keyOf={({ id }) => id}
        columns={[
          { header: texts.columns.email, cell: ({ email }) => email },
          { header: texts.columns.roles, cell: ({ roles }) => roles.join(', ') },
          { header: texts.columns.status, cell: ({ state }) => <StatusBadge status={state} /> },
          { header: texts.columns.expires, cell: ({ expiresAt }) => <Moment at={expiresAt} /> },
          ...(mayChange
            ? [
                {
                  header: texts.columns.actions,
                  cell: (invitation: Invitation) =>
                    invitation.state === 'pending' && <Revoke tenant={tenant} invitation={invitation} />,
                },
              ]
            : []),
        ]}
      />
    </Stack>
  );
}

function MemberActions({ tenant, member }: { tenant: Tenant; member: Member }) {
  const { members: texts } = useTexts();
  const params = { path: { tenant: tenant.id, member: member.id } };
  const touched = [['tenant', tenant.id]];
  const isActive = member.status === 'active';
  const change = useChange(
    () =>
      answer(
        api.PATCH('/tenants/{tenant}/members/{member}', {
          params,
          body: { status: isActive ? 'suspended' : 'active' },
        }),
      ),
    touched,
  );
  const remove = useChange(
    () => answer(api.DELETE('/tenants/{tenant}/members/{member}', { params })),
    touched,
  );
  const target = `${member.email} (${tenant.slug})`;
  return (
    <Group gap="xs" wrap="nowrap">
      <ConfirmButton
        size="xs"
        label={isActive ? texts.suspend : texts.activate}
        target={target}
        change={change}
      />
      <ConfirmButton size="xs" isDangerous label={texts.remove} target={target} change={remove} />
    </Group>
  );
}

function Revoke({ tenant, invitation }: { tenant: Tenant; invitation: Invitation }) {
  const { members: texts } = useTexts();
  const params = { path: { tenant: tenant.id, invitation: invitation.id } };
  const revoke = useChange(
    () => answer(api.DELETE('/tenants/{tenant}/invitations/{invitation}', { params })),
    [['tenant', tenant.id, 'invitations']],
  );
  return (
    <ConfirmButton
      size="xs"
      label={texts.revoke}
      target={`${invitation.email} (${tenant.slug})`}
      change={revoke}
    />
  );
}

function Invite({ tenant }: { tenant: Tenant }) {
  const { members: texts } = useTexts();
  const [email, setEmail] = useState('');
  const [roles, setRoles] = useState('');
  const [token, setToken] = useState<string>();
  const invite = useChange(
    () =>
      answer(
        api.POST('/tenants/{tenant}/invitations', {
          params: { path: { tenant: tenant.id } },
          body: { email, roles: wordsIn(roles) },
        }),
      ),
    [['tenant', tenant.id, 'invitations']],
  );
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    await invite.mutateAsync().then(
      (made) => {
        setToken(made.token);
        setEmail('');
        setRoles('');
      },
      () => {},
    );
  };
  if (token) return <SecretOnce label={texts.token} value={token} onDone={() => setToken(undefined)} />;
  return (
    <form onSubmit={submit}>
      <Stack maw={720}>
        <Group align="end">
          <TextInput
            flex={2}
            type="email"
            label={texts.invite(tenant.slug)}
            placeholder={texts.columns.email}
            value={email}
            onChange={({ currentTarget }) => setEmail(currentTarget.value)}
          />
          <TextInput
            flex={1}
            label={texts.columns.roles}
            placeholder="admin"
            value={roles}
            onChange={({ currentTarget }) => setRoles(currentTarget.value)}
          />
          <Button type="submit" loading={invite.isPending} disabled={!email.trim() || !roles.trim()}>
            {texts.inviteButton}
          </Button>
        </Group>
        <ProblemAlert error={invite.error} />
      </Stack>
    </form>
  );
}
