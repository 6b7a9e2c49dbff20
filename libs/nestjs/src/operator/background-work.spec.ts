import { setImmediate as turn } from 'node:timers/promises';
import { Get, Inject, Injectable, Logger, Module, Param, Post } from '@nestjs/common';
import { closeApps, createApp, PLATFORMS, startApp } from '../platforms.fixture.js';
import { BackgroundWork, type WorkControl } from './background-work.js';
import { operatorController } from './operator-controller.js';
import { ShuttingDownError } from './operator-errors.js';

interface Progress {
  readonly done: number;
}

interface Control extends WorkControl<Progress> {
  readonly end: () => void;
  readonly fail: (error: Error) => void;
}

/** Copies that end when the test says so. */
@Injectable()
class Copies extends BackgroundWork<string, Progress> {
  readonly controls = new Map<string, Control>();

  async reportOf(id: string): Promise<string> {
    return this.isUnderWay(id) ? `${id} is under way` : `${id} has ended`;
  }

  start(id: string | undefined) {
    return this.begin(async (control) => ({ id, finished: this.#work(id ?? 'none', control) }));
  }

  resume(id: string) {
    return this.takeUp(id, (control) => this.#work(id, control));
  }

  refuse(id: string) {
    return this.takeUp(id, () => Promise.reject(new Error('refused')));
  }

  #work(id: string, control: WorkControl<Progress>): Promise<void> {
    return new Promise((end, fail) => void this.controls.set(id, { ...control, end, fail }));
  }
}

class CopiesController {
  constructor(@Inject(Copies) private readonly copies: Copies) {}

  @Post(':id')
  async start(@Param('id') id: string) {
    await this.copies.start(id);
    return { report: await this.copies.reportOf(id) };
  }

  @Get(':id')
  async get(@Param('id') id: string) {
    return { report: await this.copies.reportOf(id), progress: this.copies.progressOf(id) ?? null };
  }
}

const auth = { canActivate: () => true };

@Module({
  providers: [Copies],
  controllers: [operatorController({ path: 'copies', auth }, CopiesController)],
})
class CopiesModule {}

afterEach(closeApps);

describe.each(PLATFORMS)('work in the background, on %s', (platform) => {
  it('goes on after the answer, shows how far it is, and refuses to begin once the app shuts down', async () => {
    const { app, url } = await startApp(platform, { imports: [CopiesModule] });
    const copies = app.get(Copies);
    const ask = async (method: string, id: string) => (await fetch(`${url}/copies/${id}`, { method })).json();
    expect(await ask('POST', 'a')).toEqual({ report: 'a is under way' });
    expect(await ask('GET', 'a')).toEqual({ report: 'a is under way', progress: null });
    copies.controls.get('a')?.onProgress({ done: 3 });
    expect(await ask('GET', 'a')).toMatchObject({ progress: { done: 3 } });
    copies.controls.get('a')?.end();
    expect(await ask('GET', 'a')).toEqual({ report: 'a has ended', progress: null });

    await copies.beforeApplicationShutdown();
    const refused = await fetch(`${url}/copies/b`, { method: 'POST' });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await refused.json()).toMatchObject({ code: 'SHUTTING_DOWN' });
  });
});

describe('background work', () => {
  it('is waited for when the application shuts down, after it was asked to stop', async () => {
    const app = await createApp('express', { imports: [CopiesModule] });
    await app.init();
    const copies = app.get(Copies);
    await copies.start('a');
    const control = copies.controls.get('a');
    expect(control?.signal.aborted).toBe(false);
    const drain = copies.beforeApplicationShutdown.bind(copies);
    let isDrained = false;
    copies.beforeApplicationShutdown = async () => {
      await drain();
      isDrained = true;
    };
    const closing = app.close();
    await new Promise((aborted) => control?.signal.addEventListener('abort', aborted));
    await turn();
    expect(isDrained).toBe(false);
    control?.end();
    await closing;
    await expect(copies.start('b')).rejects.toThrow(ShuttingDownError);
    await expect(copies.resume('b')).rejects.toThrow(ShuttingDownError);
  });

  it('that is begun twice is watched once, and nothing where there was nothing to do', async () => {
    const copies = new Copies();
    await copies.start('a');
    const first = copies.controls.get('a');
    await copies.start('a');
    copies.controls.get('a')?.end();
    expect(copies.isUnderWay('a')).toBe(true);
    first?.onProgress({ done: 1 });
    expect(copies.progressOf('a')).toEqual({ done: 1 });
    first?.end();
    await copies.beforeApplicationShutdown();
    expect(copies.isUnderWay('a')).toBe(false);
    const nothing = new Copies();
    await nothing.start(undefined);
    expect(nothing.isUnderWay('none')).toBe(false);
  });

  it('that is taken up is answered at its first progress, at its end, or with why it is refused', async () => {
    const copies = new Copies();
    const resumed = copies.resume('a');
    copies.controls.get('a')?.onProgress({ done: 1 });
    expect(await resumed).toBe('a is under way');
    const short = copies.resume('b');
    copies.controls.get('b')?.end();
    await short;
    await expect(copies.refuse('c')).rejects.toThrow('refused');
    expect(copies.isUnderWay('c')).toBe(false);
  });

  it('that breaks off is logged, and can be begun again', async () => {
    const logged: unknown[] = [];
    Logger.overrideLogger({ log() {}, warn() {}, error: (message: unknown) => logged.push(message) });
    try {
      const copies = new Copies();
      await copies.start('a');
      copies.controls.get('a')?.fail(new Error('lost'));
      await copies.beforeApplicationShutdown();
      expect(logged).toEqual(['a broke off; it can be taken up again.']);
      expect(copies.isUnderWay('a')).toBe(false);
    } finally {
      Logger.overrideLogger(false);
    }
  });
});
