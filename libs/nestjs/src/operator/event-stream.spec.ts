import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Get, Headers, Injectable, Res, type StreamableFile } from '@nestjs/common';
import { TenantNotFoundError } from '@rowhouse/core';
import { closeApps, PLATFORMS, startApp } from '../platforms.fixture.js';
import { SystemRoute } from '../routes/tenant-route.decorator.js';
import { type EventStreamOptions, eventStream, type ServerSentEvent } from './event-stream.js';
import type { PlatformResponse } from './platform-response.js';

type Source = (signal: AbortSignal) => AsyncIterable<ServerSentEvent>;

/** What the next request is answered with. */
@Injectable()
class Stage {
  source: Source = async function* () {};
  options: EventStreamOptions = {};
  ended: Promise<unknown> = Promise.resolve();
}

@Controller('events')
@SystemRoute()
class EventsController {
  constructor(private readonly stage: Stage) {}

  @Get()
  events(
    @Res({ passthrough: true }) response: PlatformResponse,
    @Headers('last-event-id') last: string | undefined,
  ): StreamableFile {
    if (last === 'gone') throw new TenantNotFoundError();
    const { source, options } = this.stage;
    return eventStream(
      response,
      (signal) => {
        this.stage.ended = once(signal, 'abort');
        return source(signal);
      },
      options,
    );
  }
}

const event = (n: number): ServerSentEvent => ({ event: 'tick', data: { n }, id: String(n) });

/** Yields what it is given, then waits until it is stopped. */
const thenWait = (...events: ServerSentEvent[]): Source =>
  async function* (signal) {
    yield* events;
    if (!signal.aborted) await once(signal, 'abort');
  };

/** By Node's own client, which opens no second connection when the first is given up. */
function openStream(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => http.get(url, resolve).once('error', reject));
}

afterEach(closeApps);

describe.each(PLATFORMS)('a stream of events, on %s', (platform) => {
  async function open(source: Source, options: EventStreamOptions = {}) {
    const { app, url } = await startApp(platform, { controllers: [EventsController], providers: [Stage] });
    const stage = Object.assign(app.get(Stage), { source, options });
    return { url: `${url}/events`, stage };
  }

  it('sends each event with its id, and ends with its source', async () => {
    const { url } = await open(async function* () {
      yield event(1);
      yield { event: 'end', data: undefined };
    });
    const response = await fetch(url);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-cache, no-transform');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    expect(await response.text()).toBe(
      ': open\n\nevent: tick\nid: 1\ndata: {"n":1}\n\nevent: end\ndata: null\n\n',
    );
  });

  it('is opened before there is an event, and kept open by comments', async () => {
    const stop = new AbortController();
    const { url } = await open(thenWait(), { signal: stop.signal, heartbeatMs: 5 });
    let text = '';
    const response = await fetch(url);
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      if (text.includes(': nothing new')) stop.abort();
    }
    expect(text).toMatch(/^: open\n\n(: nothing new\n\n)+$/);
  });

  it('ends when it is told to, while its source waits', async () => {
    const stop = new AbortController();
    const { url } = await open(thenWait(event(1)), { signal: stop.signal });
    const response = await fetch(url);
    stop.abort();
    expect(await response.text()).toContain('id: 1\n');
    const { url: again } = await open(thenWait(event(1)), { signal: stop.signal });
    expect(await (await fetch(again)).text()).not.toContain('id: 1');
  });

  it('stops its source when the client goes away', async () => {
    const { url, stage } = await open(thenWait(event(1)));
    const response = await openStream(url);
    response.destroy();
    await stage.ended;
  });

  it('waits for a client that reads slowly', async () => {
    let made = 0;
    const data = 'x'.repeat(100_000);
    const { url, stage } = await open(async function* (signal) {
      while (!signal.aborted) {
        made += 1;
        yield { event: 'big', data };
        await delay(0);
      }
    });
    const response = await openStream(url);
    let before = -1;
    while (before !== made) {
      before = made;
      await delay(200);
    }
    expect(made).toBeLessThan(1_000);
    response.destroy();
    await stage.ended;
  });

  it('is not begun where the route refuses', async () => {
    const { url } = await open(thenWait());
    const response = await fetch(url, { headers: { 'last-event-id': 'gone' } });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      404,
      'application/problem+json; charset=utf-8',
    ]);
  });

  it.each([
    ['its source fails', { event: 'tick', data: 1 }, new Error('select secret from t')],
    ['a name would be two lines', { event: 'tick\ndata: forged', data: 1 }, undefined],
    ['an id would be two lines', { event: 'tick', data: 1, id: '1\r2' }, undefined],
  ])('ends when %s, and shows nothing of it', async (_, last, error) => {
    const { url } = await open(async function* () {
      yield event(1);
      if (error) throw error;
      yield last;
      yield event(3);
    });
    const text = await (await fetch(url)).text();
    expect(text).toBe(': open\n\nevent: tick\nid: 1\ndata: {"n":1}\n\n');
  });
});
