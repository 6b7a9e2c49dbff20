import { Checkbox, Group, NativeSelect, NumberInput, Paper, Stack, TextInput, Title } from '@mantine/core';
import { useState } from 'react';
import { answer, api } from '../../api/client.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { useTexts } from '../../texts/texts.js';
import { useStart } from '../operations/begun.js';
import type { Tenant } from '../tenants/tenant-filters.js';
import type { TransferChoices } from './declared.js';

interface CloneTenantProps {
  readonly tenant: Tenant;
  readonly choices: TransferChoices;
}

/** Makes a new tenant of the rows of another: masked, a sample, with an end. */
export function CloneTenant({ tenant, choices }: CloneTenantProps) {
  const { transfers: texts } = useTexts();
  const [slug, setSlug] = useState('');
  const [masks, setMasks] = useState(choices.masks[0] ?? '');
  const [percent, setPercent] = useState<number | string>('');
  const [days, setDays] = useState<number | string>('');
  const [suspended, setSuspended] = useState(false);
  const params = { path: { tenant: tenant.id } };
  const clone = useStart(() =>
    answer(
      api.POST('/tenants/{tenant}/clones', {
        params,
        body: {
          slug: slug.trim(),
          suspended,
          ...(masks ? { masks } : { unmasked: true }),
          ...(typeof percent === 'number' && { sample: { share: percent / 100 } }),
          ...(typeof days === 'number' && { expiresInDays: days }),
        },
      }),
    ),
  );
  return (
    <Paper withBorder p="md">
      <Stack maw={560}>
        <Title order={2} size="h4">
          {texts.cloneTitle}
        </Title>
        <TextInput
          label={texts.cloneSlug}
          placeholder={`${tenant.slug}-staging`}
          value={slug}
          onChange={({ currentTarget }) => setSlug(currentTarget.value)}
          autoComplete="off"
          spellCheck={false}
        />
        <NativeSelect
          label={texts.masks}
          description={choices.masks.length === 0 ? texts.noMasks : texts.masksHint}
          value={masks}
          onChange={({ currentTarget }) => setMasks(currentTarget.value)}
          data={[...choices.masks, { value: '', label: texts.unmasked }]}
        />
        <Group grow align="start">
          <NumberInput
            label={texts.sample}
            description={texts.sampleHint}
            value={percent}
            onChange={setPercent}
            min={0.01}
            max={100}
            suffix=" %"
          />
          <NumberInput
            label={texts.expiry}
            description={texts.expiryHint}
            value={days}
            onChange={setDays}
            min={1}
            max={3_650}
            allowDecimal={false}
          />
        </Group>
        <Checkbox
          label={texts.suspended}
          checked={suspended}
          onChange={({ currentTarget }) => setSuspended(currentTarget.checked)}
        />
        {slug.trim() !== '' && (
          <Group>
            <ConfirmButton
              label={texts.clone}
              target={`${tenant.slug} → ${slug.trim()}`}
              change={clone}
              isDangerous={masks === ''}
            >
              {masks === '' ? texts.unmaskedHint : texts.maskedHint(masks)}
            </ConfirmButton>
          </Group>
        )}
      </Stack>
    </Paper>
  );
}
