import { request } from 'node:http';
import { Controller, Post } from '@nestjs/common';
import { TenantContext } from '@rowhouse/core';
import { closeApps, PLATFORMS, startApp } from '../platforms.fixture.js';

/** The signals of the requests, in the order of their handlers. */
const signals: Array<AbortSignal | undefined> = [];
let arrived: () => void = () => {};

@Controller()
class SlowController {
  @Post('wait')
  async wait() {
    const scope = TenantContext.scope();
    const signal = scope?.kind === 'tenant' ? scope.signal : undefined;
    signals.push(signal);
    arrived();
    if (signal) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  }

  @Post('at-once')
  atOnce() {
    const scope = TenantContext.scope();
    signals.push(scope?.kind === 'tenant' ? scope.signal : undefined);
  }
}

function send(port: number, path: string) {
  const sent = request({
    port,
    path,
    method: 'POST',
    headers: { 'x-tenant-id': 'acme', 'content-type': 'application/json' },
  });
  sent.on('error', () => {});
  sent.end('{"some":"body"}');
  return sent;
}

describe.each(PLATFORMS)('cancelOnDisconnect on %s', (platform) => {
  const start = async (cancelOnDisconnect: boolean) =>
    (await startApp(platform, { tenancy: { cancelOnDisconnect }, controllers: [SlowController] })).port;

  beforeEach(() => {
    signals.length = 0;
  });
  afterEach(closeApps);

  it('aborts what a request does when its client goes away', async () => {
    const port = await start(true);
    const handled = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const sent = send(port, '/wait');
    await handled;
    expect(signals[0]?.aborted).toBe(false);
    const aborted = new Promise((resolve) => signals[0]?.addEventListener('abort', resolve));
    sent.destroy();
    await aborted;
  });

  it('leaves a request alone that was answered', async () => {
    const port = await start(true);
    await new Promise<void>((resolve) => {
      send(port, '/at-once').on('response', (response) => response.resume().on('close', () => resolve()));
    });
    expect(signals[0]?.aborted).toBe(false);
  });

  it('is off unless it was asked for', async () => {
    const port = await start(false);
    await new Promise<void>((resolve) => {
      send(port, '/at-once').on('response', (response) => response.resume().on('close', () => resolve()));
    });
    expect(signals).toEqual([undefined]);
  });
});
