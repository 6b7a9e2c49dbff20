import { EventEmitter, once } from 'node:events';
import { Controller, type MessageEvent, Sse } from '@nestjs/common';
import { InMemoryTenantStore, TenantContext } from '@rowhouse/core';
import { finalize, map, type Observable, timer } from 'rxjs';
import { closeApps, PLATFORMS, startApp } from '../platforms.fixture.js';
import { SystemRoute } from '../routes/tenant-route.decorator.js';

@Controller()
class TicksController {
  readonly ended: string[] = [];

  @Sse('own')
  own() {
    return this.#ticks('own');
  }

  @Sse('later')
  async later() {
    return this.#ticks('later');
  }

  @Sse('system')
  @SystemRoute()
  system() {
    return this.#ticks('system');
  }

  #ticks(path: string): Observable<MessageEvent> {
    return timer(0, 5).pipe(
      map((n) => ({ data: { n } })),
      finalize(() => this.ended.push(`${path} of ${TenantContext.get()?.slug}`)),
    );
  }
}

/** Reads a stream of events to its end. */
class Reader {
  isOver = false;
  readonly begun: Promise<unknown>;
  readonly over: Promise<void>;
  readonly #received = new EventEmitter();
  readonly #control = new AbortController();

  constructor(url: string, slug: string) {
    this.begun = once(this.#received, 'event');
    this.over = this.#readAll(url, slug);
  }

  leave(): void {
    this.#control.abort();
  }

  async #readAll(url: string, slug: string): Promise<void> {
    const { signal } = this.#control;
    const { body } = await fetch(url, { headers: { 'x-tenant-id': slug }, signal });
    for await (const _ of body as unknown as AsyncIterable<Uint8Array>) this.#received.emit('event');
    this.isOver = true;
  }
}

afterEach(closeApps);

describe.each(PLATFORMS)('streams of server-sent events on %s', (platform) => {
  it('end in order when their tenant is suspended, and those of others go on', async () => {
    const store = new InMemoryTenantStore([{ slug: 'acme' }, { slug: 'globex' }]);
    const { app, url } = await startApp(platform, { tenancy: { store }, controllers: [TicksController] });
    const own = new Reader(`${url}/own`, 'acme');
    const later = new Reader(`${url}/later`, 'acme');
    const others = [new Reader(`${url}/own`, 'globex'), new Reader(`${url}/system`, 'acme')];
    await Promise.all([own, later, ...others].map((reader) => reader.begun));
    const { id } = (await store.findBySlug('acme' as never)) as { id: string };
    await store.setStatus(id, 'suspended');
    await Promise.all([own.over, later.over]);
    expect(app.get(TicksController).ended.sort()).toEqual(['later of acme', 'own of acme']);
    expect(others.map(({ isOver }) => isOver)).toEqual([false, false]);
    expect((await fetch(`${url}/own`, { headers: { 'x-tenant-id': 'acme' } })).status).toBe(403);
    for (const other of others) {
      other.leave();
      await other.over.catch(() => {});
    }
  });
});
