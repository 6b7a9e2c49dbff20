import type { ServerSentEvent } from '@rowhouse/nestjs/operator';
import type { RunProgress, RunReport } from '../runs/run-types.js';
import { type RunEventSource, runEvents } from './run-events.js';

const TIMING = { localPollMs: 1, catalogPollMs: 1 };

const report = (fields: Partial<RunReport> = {}): RunReport => ({
  id: 'run',
  direction: 'up',
  state: 'running',
  isLive: true,
  total: 4,
  done: 0,
  failed: 0,
  skipped: 0,
  pending: 4,
  startedAt: new Date(0),
  finishedAt: undefined,
  message: undefined,
  failures: [],
  ...fields,
});

const local = (fields: Partial<RunProgress> = {}): RunProgress => ({
  runId: 'run',
  state: 'running',
  wave: 1,
  waves: 1,
  total: 4,
  done: 0,
  failed: 0,
  skipped: 0,
  pending: 4,
  perSecond: 0,
  etaSeconds: undefined,
  ...fields,
});

/** Answers with one after the other, and stays with the last. */
function sequence<T>(...values: T[]): () => T {
  return () => (values.length > 1 ? values.shift() : values[0]) as T;
}

function streamOf(source: Partial<RunEventSource>, timing = TIMING): AsyncGenerator<ServerSentEvent> {
  const reports = source.report ?? (async () => report());
  return runEvents(
    { progress: () => undefined, signal: new AbortController().signal, ...source, report: reports },
    timing,
  );
}

async function allOf(stream: AsyncGenerator<ServerSentEvent>) {
  const events: (Record<string, unknown> & { name: string })[] = [];
  for await (const { event, data } of stream) events.push({ ...(data as object), name: event });
  return events;
}

describe('the events of a run', () => {
  it('report each state once, from memory while this process works on it, and end with the report', async () => {
    const source = {
      progress: sequence(local(), local(), local({ done: 2, pending: 2 }), undefined),
      report: async () => report({ state: 'succeeded', isLive: false, done: 4, pending: 0 }),
    };
    const events = await allOf(streamOf(source));
    expect(events.map(({ name, done }) => [name, done])).toEqual([
      ['progress', 0],
      ['progress', 2],
      ['end', 4],
    ]);
  });

  it('find out how fast a run of another process is', async () => {
    const reports = sequence(
      report({ done: 1, pending: 3 }),
      report({ done: 3, pending: 1 }),
      report({ state: 'paused', isLive: false, done: 3, pending: 1 }),
    );
    const [first, second, last] = await allOf(streamOf({ report: async () => reports() }));
    expect(first).toMatchObject({ name: 'progress', done: 1, perSecond: 0 });
    expect(second).toMatchObject({ name: 'progress', done: 3, perSecond: expect.any(Number) });
    expect(second?.['etaSeconds']).toBeCloseTo(1 / (second?.['perSecond'] as number));
    expect(last).toMatchObject({ name: 'end', state: 'paused' });
  });

  it('end for a run whose process has died, but not for one whose process is about to begin', async () => {
    const dead = report({ isLive: false });
    const beginning = sequence(dead, dead, report(), dead, dead, dead);
    expect((await allOf(streamOf({ report: async () => beginning() }))).map(({ name }) => name)).toEqual([
      'progress',
      'end',
    ]);
    expect((await allOf(streamOf({ report: async () => dead }))).at(-1)).toMatchObject({
      name: 'end',
      isLive: false,
    });
  });

  it('stop when their signal is aborted', async () => {
    const stop = new AbortController();
    const timing = { ...TIMING, localPollMs: 3_600_000 };
    const stream = streamOf({ progress: () => local(), signal: stop.signal }, timing);
    await stream.next();
    const next = stream.next();
    stop.abort();
    expect(await next).toEqual({ value: undefined, done: true });
  });
});
