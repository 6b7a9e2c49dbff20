import { Stack, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api } from '../../api/client.js';
import { Loaded } from '../../parts/loaded.js';
import { useTexts } from '../../texts/texts.js';
import type { TransferChoices } from './declared.js';
import { type ImportSource, ImportTarget } from './import-target.js';
import { type Archive, useArchiveName } from './use-archives.js';

/** An archive that is kept: as a new tenant, or its rows into one that is there. */
export function ImportKept({ choices, chosen }: { choices: TransferChoices; chosen: string }) {
  const { transfers: texts } = useTexts();
  const name = useArchiveName();
  const [typed, setTyped] = useState(chosen);
  const [id] = useDebouncedValue(typed.trim(), 300);
  const query = useQuery({
    queryKey: ['exports', 'one', id],
    queryFn: () => answer(api.GET('/exports/{export}', { params: { path: { export: id } } })),
    enabled: id !== '',
  });
  const sourceOf = (archive: Archive): ImportSource => ({
    named: { export: archive.id },
    name: name(archive),
    slug: archive.slug,
    tables: archive.tables.map((table) => table.name),
    mayBeEncrypted: false,
  });
  return (
    <Stack>
      <TextInput
        label={texts.exportId}
        value={typed}
        onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        autoComplete="off"
        spellCheck={false}
      />
      {id !== '' && (
        <Loaded query={query}>
          {(archive) => <ImportTarget source={sourceOf(archive)} choices={choices} />}
        </Loaded>
      )}
    </Stack>
  );
}
