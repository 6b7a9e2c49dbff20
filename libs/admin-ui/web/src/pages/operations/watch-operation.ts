import type { AdminSchemas } from '@rowhouse/client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { answer, api } from '../../api/client.js';

export type Operation = AdminSchemas['schemas']['Operation'];

const AGAIN_MS = 2_000;

/** An operation as it goes on, by the events that the API sends of it. */
export function useOperation(id: string) {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ['operation', id],
    queryFn: () => answer(api.GET('/operations/{id}', { params: { path: { id } } })),
    // Somebody else may resume it.
    refetchInterval: ({ state }) => (state.data?.state === 'paused' ? AGAIN_MS : false),
  });
  const isRunning = query.data?.state === 'running';
  useEffect(() => {
    if (!isRunning) return;
    const stop = new AbortController();
    void follow(id, stop.signal, (operation) => client.setQueryData(['operation', id], operation));
    return () => stop.abort();
  }, [id, isRunning, client]);
  return query;
}

/** Until the signal: a stream that breaks off, as when the server starts again, is opened anew. */
async function follow(id: string, signal: AbortSignal, on: (operation: Operation) => void): Promise<void> {
  while (!signal.aborted) {
    try {
      const params = { path: { id } };
      const stream = await answer(api.GET('/operations/{id}/events', { params, parseAs: 'stream', signal }));
      if (stream) for await (const data of eventsOf(stream)) on(JSON.parse(data));
    } catch {
      // What stands in the page stays until the next try.
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

/** The data of server-sent events (HTML standard, section 9.2). */
async function* eventsOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = (rest + value).split('\n\n');
    rest = events.pop() ?? '';
    for (const event of events) {
      const lines = event.split('\n').filter((line) => line.startsWith('data:'));
      if (lines.length > 0) yield lines.map((line) => line.slice(5).trimStart()).join('\n');
    }
  }
}
