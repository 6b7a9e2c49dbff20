import { Paper, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { useTexts } from '../../texts/texts.js';
import type { TransferChoices } from './declared.js';
import { ImportKept } from './import-kept.js';
import { ImportUpload } from './import-upload.js';

const SOURCES = ['upload', 'kept'] as const;

/** Tenants, or rows, of an archive: of one that is uploaded, or of one that is kept. */
export function ImportArchive({ choices }: { choices: TransferChoices }) {
  const { transfers: texts } = useTexts();
  const [params] = useSearchParams();
  const chosen = params.get('export') ?? '';
  const [source, setSource] = useState<(typeof SOURCES)[number]>(chosen ? 'kept' : 'upload');
  return (
    <Paper withBorder p="md">
      <Stack maw={560}>
        <Title order={2} size="h4">
          {texts.importTitle}
        </Title>
        <SegmentedControl
          aria-label={texts.importTitle}
          value={source}
          onChange={setSource}
          data={SOURCES.map((value) => ({ value, label: texts.sources[value] }))}
        />
        <Text size="sm" c="dimmed">
          {texts.sourceHints[source]}
        </Text>
        {source === 'upload' ? (
          <ImportUpload choices={choices} />
        ) : (
          <ImportKept key={chosen} choices={choices} chosen={chosen} />
        )}
      </Stack>
    </Paper>
  );
}
