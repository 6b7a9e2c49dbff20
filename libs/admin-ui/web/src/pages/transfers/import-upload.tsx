import { Alert, Button, FileInput, Group, Progress, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { ProblemAlert } from '../../parts/problem-alert.js';
import { useChange } from '../../parts/use-change.js';
import { useTexts } from '../../texts/texts.js';
import { useFormat } from '../../texts/use-format.js';
import type { TransferChoices } from './declared.js';
import { ImportTarget } from './import-target.js';
import { discardUpload, upload, uploadOf } from './upload.js';

/** An archive of this computer: uploaded, it is as one that is kept. */
export function ImportUpload({ choices }: { choices: TransferChoices }) {
  const { transfers: texts } = useTexts();
  const format = useFormat();
  const [file, setFile] = useState<File | null>(null);
  const isTooLarge = file !== null && file.size > choices.maxUploadBytes;
  return (
    <Stack>
      <FileInput
        label={texts.file}
        description={texts.maxBytes(format.bytes(choices.maxUploadBytes))}
        placeholder=".tar.gz, .tar.gz.age"
        value={file}
        onChange={setFile}
        error={isTooLarge ? texts.tooLarge : undefined}
      />
      {file && !isTooLarge && (
        <UploadFile key={`${file.name} ${file.size} ${file.lastModified}`} file={file} choices={choices} />
      )}
    </Stack>
  );
}

interface UploadFileProps {
  readonly file: File;
  readonly choices: TransferChoices;
}

function UploadFile({ file, choices }: UploadFileProps) {
  const { transfers: texts } = useTexts();
  const format = useFormat();
  const client = useQueryClient();
  const queryKey = ['uploads', file.name, file.size, file.lastModified];
  const before = useQuery({
    queryKey,
    queryFn: async () => (await uploadOf(file)) ?? null,
    gcTime: 0,
  });
  const [sent, setSent] = useState(0);
  const [isWaiting, setWaiting] = useState(false);
  const stop = useRef<AbortController>(undefined);
  // Who leaves the page ends the sending; what has arrived stays.
  useEffect(() => () => stop.current?.abort(), []);
  const discard = useChange(async () => {
    stop.current?.abort();
    await discardUpload(file);
  }, [queryKey]);
  const send = useChange(async () => {
    stop.current = new AbortController();
    setWaiting(false);
    const { signal } = stop.current;
    discard.reset();
    try {
      const arrived = await upload(file, { signal, onSent: setSent, onWaiting: setWaiting });
      client.setQueryData(queryKey, arrived);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }, [queryKey]);
  const arrived = before.data;
  if (arrived && arrived.receivedBytes === arrived.sizeBytes)
    return (
      <>
        <Text size="sm" fw={600}>
          {texts.arrived(file.name, format.bytes(file.size))}
        </Text>
        <ImportTarget
          source={{ named: { upload: arrived.id }, name: file.name, mayBeEncrypted: true }}
          choices={choices}
        />
      </>
    );
  const progress = send.isPending ? sent : (arrived?.receivedBytes ?? 0);
  return (
    <>
      {(send.isPending || progress > 0) && (
        <div>
          <Progress
            value={(progress / file.size) * 100}
            aria-label={texts.uploading}
            animated={send.isPending && !isWaiting}
            color={isWaiting ? 'gray' : undefined}
            size="lg"
          />
          <Text size="sm" c="dimmed" mt={4}>
            {texts.sent(format.bytes(progress), format.bytes(file.size))}
          </Text>
        </div>
      )}
      {send.isPending && isWaiting && (
        <Alert color="yellow" variant="outline" role="status">
          {texts.waiting}
        </Alert>
      )}
      {discard.isSuccess && <Text size="sm">{texts.cancelled}</Text>}
      {!send.isPending && progress > 0 && <Text size="sm">{texts.goesOn}</Text>}
      <ProblemAlert error={send.error ?? discard.error ?? before.error} />
      <Group justify="end">
        {(send.isPending || progress > 0) && (
          <Button variant="default" loading={discard.isPending} onClick={() => discard.mutate()}>
            {texts.cancelUpload}
          </Button>
        )}
        <Button loading={send.isPending || before.isPending} onClick={() => send.mutate()}>
          {progress > 0 ? texts.continueUpload : texts.upload}
        </Button>
      </Group>
    </>
  );
}
