import { Button, Checkbox, FileInput, Group, NativeSelect, Progress, Stack, Text } from '@mantine/core';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { ProblemAlert } from '../../parts/problem-alert.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import { BesideFields, NEW_BESIDE } from '../backups/beside-fields.js';
import { useStart } from '../operations/begun.js';
import type { TransferChoices } from './declared.js';
import { IncludeFields, type RecordKind } from './include-fields.js';
import { upload } from './upload.js';

/** A new tenant of an archive of this computer. */
export function ImportUpload({ choices }: { choices: TransferChoices }) {
  const { transfers: texts } = useTexts();
  const format = useFormat();
  const [file, setFile] = useState<File | null>(null);
  const [given, setGiven] = useState({ ...NEW_BESIDE, suspended: false });
  const [include, setInclude] = useState<RecordKind[]>([]);
  const [identity, setIdentity] = useState('');
  const [dryRun, setDryRun] = useState(false);
  const [sent, setSent] = useState(0);
  const stop = useRef<AbortController>(undefined);
  // Who leaves the page ends the upload.
  useEffect(() => () => stop.current?.abort(), []);
  const send = useStart((archive: File) => {
    stop.current = new AbortController();
    setSent(0);
    const query = {
      slug: given.slug.trim(),
      suspended: String(given.suspended),
      include: include.join(','),
      identity,
      dryRun: String(dryRun),
    };
    return upload(archive, query, { signal: stop.current.signal, onSent: setSent });
  });
  const isTooLarge = file !== null && file.size > choices.maxUploadBytes;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (file) send.mutate(file);
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <FileInput
          label={texts.file}
          description={texts.maxBytes(format.bytes(choices.maxUploadBytes))}
          placeholder=".tar.gz, .tar.gz.age"
          value={file}
          onChange={setFile}
          error={isTooLarge ? texts.tooLarge : undefined}
        />
        {choices.identities.length > 0 && (
          <NativeSelect
            label={texts.identity}
            value={identity}
            onChange={({ currentTarget }) => setIdentity(currentTarget.value)}
            data={[{ value: '', label: texts.notEncrypted }, ...choices.identities]}
          />
        )}
        <BesideFields value={given} onChange={setGiven} />
        <IncludeFields choices={choices} value={include} onChange={setInclude} />
        <Checkbox
          label={texts.checkOnly}
          checked={dryRun}
          onChange={({ currentTarget }) => setDryRun(currentTarget.checked)}
        />
        {send.isPending && file && (
          <div>
            <Progress
              value={(sent / Math.max(file.size, 1)) * 100}
              aria-label={texts.uploading}
              animated
              size="lg"
            />
            <Text size="sm" c="dimmed" mt={4}>
              {texts.sent(format.bytes(sent), format.bytes(file.size))}
            </Text>
          </div>
        )}
        <ProblemAlert error={send.error} />
        <Group justify="end">
          {send.isPending && (
            <Button variant="default" onClick={() => stop.current?.abort()}>
              {texts.stopUpload}
            </Button>
          )}
          <Button type="submit" loading={send.isPending} disabled={!file || isTooLarge}>
            {texts.upload}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
