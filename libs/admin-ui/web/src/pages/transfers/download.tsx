import { Button, Group, Modal, NativeSelect, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type FormEvent, useState } from 'react';
import { answer, api } from '../../api/client.js';
import { CopyText } from '../../parts/copy-text.js';
import { ProblemAlert } from '../../parts/problem-alert.js';
import { useChange } from '../../parts/use-change.js';
import { API_URL } from '../../surroundings.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import { type Archive, useArchiveName } from './use-archives.js';

const MINUTES = [15, 60, 1_440] as const;

/** Makes a link that ends by itself, to download an archive here or to send to somebody. */
export function Download({ archive }: { archive: Archive }) {
  const { transfers: texts, parts } = useTexts();
  const name = useArchiveName();
  const [isOpen, { open, close }] = useDisclosure();
  return (
    <>
      <Button size="xs" variant="default" flex="none" onClick={open}>
        {texts.download}
      </Button>
      <Modal
        opened={isOpen}
        onClose={close}
        title={`${texts.download}: ${name(archive)}`}
        closeButtonProps={{ 'aria-label': parts.close }}
      >
        <LinkForm archive={archive} />
      </Modal>
    </>
  );
}

function LinkForm({ archive }: { archive: Archive }) {
  const { transfers: texts } = useTexts();
  const format = useFormat();
  const [minutes, setMinutes] = useState<number>(MINUTES[0]);
  const params = { path: { export: archive.id } };
  const link = useChange(
    () => answer(api.POST('/exports/{export}/links', { params, body: { minutes } })),
    [['audit']],
  );
  if (link.data) {
    const { url, expiresAt } = link.data;
    // Where the API is for this browser, which a proxy may have put elsewhere.
    const href = API_URL + url.slice(url.lastIndexOf('/downloads/'));
    return (
      <Stack align="start">
        <Text size="sm">{texts.linkHint(format.time(expiresAt))}</Text>
        <CopyText label={texts.link} value={href} />
        <Button component="a" href={href} download>
          {texts.downloadNow(format.bytes(archive.sizeBytes))}
        </Button>
        <Text size="xs" c="dimmed" className="code">
          SHA-256 {archive.sha256}
        </Text>
      </Stack>
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    link.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <NativeSelect
          label={texts.validFor}
          value={String(minutes)}
          onChange={({ currentTarget }) => setMinutes(Number(currentTarget.value))}
          data={MINUTES.map((each) => ({ value: String(each), label: texts.minutes(each) }))}
        />
        <ProblemAlert error={link.error} />
        <Group justify="end">
          <Button type="submit" loading={link.isPending}>
            {texts.makeLink}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
