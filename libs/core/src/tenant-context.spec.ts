import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { EventEmitter, once } from 'node:events';
import { Readable } from 'node:stream';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { concatMap, from, lastValueFrom, map, toArray } from 'rxjs';
import { makeTenant } from '../../../test/support/tenants.js';
import { runInAuditContext } from './audit/audit-context.js';
import { OperatorEntry } from './entries/operator-entry.js';
import { runAsRequest, SYSTEM_CONTEXT_CHANNEL, TenantContext, withLogIds } from './tenant-context.js';

const acme = makeTenant('acme');
const globex = makeTenant('globex');
const slug = () => TenantContext.get()?.slug;

describe('TenantContext', () => {
  it('holds nothing outside run', () => {
    expect(TenantContext.get()).toBeUndefined();
    expect(TenantContext.scope()).toBeUndefined();
    expect(() => TenantContext.require()).toThrow(
      expect.objectContaining({ code: 'TENANT_CONTEXT_MISSING', status: 500 }),
    );
  });

  it('restores the outer scope, also after an error', () => {
    TenantContext.run(acme, () => {
      expect(() =>
        TenantContext.run(globex, () => {
          expect(slug()).toBe('globex');
          throw new Error('boom');
        }),
      ).toThrow('boom');
      expect(slug()).toBe('acme');
      TenantContext.runAsSystem('test', () => {
        expect(TenantContext.get()).toBeUndefined();
        expect(TenantContext.scope()).toEqual({ kind: 'system', reason: 'test' });
        expect(() => TenantContext.require()).toThrow();
      });
      expect(slug()).toBe('acme');
    });
    expect(slug()).toBeUndefined();
  });

  it('crosses await, timers, ticks, promises, streams, async iterators and RxJS', async () => {
    const trail = await TenantContext.run(acme, async () => {
      const seen: unknown[] = [];
      await Promise.resolve();
      seen.push(slug());
      await turn();
      await delay(1);
      seen.push(slug());
      seen.push(await new Promise((resolve) => setTimeout(() => resolve(slug()), 1)));
      seen.push(await new Promise((resolve) => process.nextTick(() => resolve(slug()))));
      seen.push(await new Promise((resolve) => queueMicrotask(() => resolve(slug()))));
      for await (const _ of Readable.from([1])) seen.push(slug());
      seen.push(
        ...(await lastValueFrom(
          from([1]).pipe(
            concatMap(() => delay(1)),
            map(slug),
            toArray(),
          ),
        )),
      );
      return seen;
    });
    expect(new Set(trail)).toEqual(new Set(['acme']));
    expect(trail).toHaveLength(7);
  });

  it('keeps a thousand concurrent runs apart', async () => {
    const tenants = Array.from({ length: 50 }, (_, index) => makeTenant(`t${index}`));
    await Promise.all(
      Array.from({ length: 1_000 }, (_, index) => {
        const tenant = tenants[index % tenants.length] ?? acme;
        return TenantContext.run(tenant, async () => {
          for (let step = 0; step < 5; step += 1) {
            await (step % 2 ? turn() : Promise.resolve());
            expect(TenantContext.get()).toBe(tenant);
          }
        });
      }),
    );
  });

  it('binds callbacks to the scope they were bound in, arguments and this included', async () => {
    const emitter = new EventEmitter();
    const heard: unknown[] = [];
    TenantContext.run(acme, () => {
      emitter.on(
        'word',
        TenantContext.bind(function (this: unknown, word: string) {
          heard.push(slug(), word, this === emitter);
        }),
      );
    });
    TenantContext.run(globex, () => emitter.emit('word', 'hello'));
    expect(heard).toEqual(['acme', 'hello', true]);
    const unbound = TenantContext.bind(slug);
    expect(TenantContext.run(acme, unbound)).toBeUndefined();
    const [value] = await TenantContext.run(globex, () =>
      Promise.all([once(emitter, 'word').then(slug), emitter.emit('word', 'x')]),
    );
    expect(value).toBe('globex');
  });

  it('starts a lazy query in the scope that made it, not in the one that awaits it', async () => {
    class LazyQuery {
      // biome-ignore lint/suspicious/noThenProperty: the shape of a query that runs when it is awaited.
      then(resolve: (value: unknown) => void) {
        resolve(slug());
      }
    }
    const lazy = () => new LazyQuery();
    const inAcme = TenantContext.run(acme, () => TenantContext.capture());
    await TenantContext.run(globex, async () => {
      expect(await TenantContext.run(acme, lazy)).toBe('acme');
      expect(await TenantContext.runAsSystem('test', lazy)).toBeUndefined();
      expect(await inAcme(lazy)).toBe('acme');
    });
    expect(await TenantContext.run(acme, () => TenantContext.bind(lazy))()).toBe('acme');
  });

  it('captures the scope for functions to come', () => {
    const inAcme = TenantContext.run(acme, () => TenantContext.capture());
    expect(inAcme(slug)).toBe('acme');
    expect(TenantContext.run(globex, () => inAcme(slug))).toBe('acme');
    expect(slug()).toBeUndefined();
  });

  it('publishes each entry of the system context, and wants a reason', () => {
    const entries: unknown[] = [];
    const listen = (entry: unknown) => entries.push(entry);
    subscribe(SYSTEM_CONTEXT_CHANNEL, listen);
    TenantContext.run(acme, () => TenantContext.runAsSystem('nightly report', () => {}));
    unsubscribe(SYSTEM_CONTEXT_CHANNEL, listen);
    expect(entries).toEqual([{ reason: 'nightly report', outer: { kind: 'tenant', tenant: acme } }]);
    expect(() => TenantContext.runAsSystem(' ', () => {})).toThrow(TypeError);
  });

  it('does the same on an instance', async () => {
    const context = new TenantContext();
    expect(context.run(acme, () => context.require().slug)).toBe('acme');
    expect(context.runAsSystem('test', () => context.scope())).toEqual({ kind: 'system', reason: 'test' });
    expect(context.run(acme, () => context.bind(() => context.get()?.slug))()).toBe('acme');
    expect(context.run(acme, () => context.capture())(slug)).toBe('acme');
  });
});

describe('the actor of a context', () => {
  const ann = { type: 'user', id: 'ann' };
  const bob = { type: 'user', id: 'bob' };
  const ops = { type: 'operator', id: 'ops' };

  it('is who was given to run, and for all that it starts', async () => {
    expect(TenantContext.actor()).toBeUndefined();
    await TenantContext.run(
      acme,
      async () => {
        await turn();
        expect(new TenantContext().actor()).toEqual(ann);
        expect(TenantContext.run(globex, () => TenantContext.actor())).toEqual(ann);
        expect(TenantContext.run(globex, () => TenantContext.actor(), { actor: bob })).toEqual(bob);
        expect(TenantContext.runAsSystem('test', () => TenantContext.actor())).toEqual(ann);
        expect(TenantContext.runAsLogin('test', () => TenantContext.actor())).toEqual(ann);
        expect(withLogIds({ jobId: '1' }, () => TenantContext.actor())).toEqual(ann);
      },
      { actor: ann },
    );
    expect(TenantContext.run(acme, () => TenantContext.actor())).toBeUndefined();
  });

  it('is asked for when it is needed, since the user of a request is known late', () => {
    let user: string | undefined;
    const actor = () => (user === undefined ? undefined : { type: 'user', id: user });
    TenantContext.run(
      acme,
      () => {
        expect(TenantContext.actor()).toBeUndefined();
        user = 'ann';
        expect(TenantContext.actor()).toEqual(ann);
      },
      { actor },
    );
    expect(runAsRequest({}, () => TenantContext.actor(), undefined, { actor })).toEqual(ann);
  });

  it('is the operator whose entry is in force, whoever the app takes them for', () => {
    const facts = { id: 'e', tenantId: acme.id, operator: ops, reason: 'why', readOnly: false };
    const entry = new OperatorEntry({ ...facts, expiresAt: new Date() }, 60_000);
    expect(TenantContext.run(acme, () => TenantContext.actor(), { entry, actor: ann })).toEqual(ops);
    entry.end();
  });

  it('is the operator of an audited route, where nobody else is known', () => {
    runInAuditContext({ by: ops }, () => {
      expect(TenantContext.run(acme, () => TenantContext.actor())).toEqual(ops);
      expect(TenantContext.run(acme, () => TenantContext.actor(), { actor: ann })).toEqual(ann);
    });
  });

  it('is refused where it is none', () => {
    const actor = () => ({ type: 'user', id: '' });
    TenantContext.run(
      acme,
      () => expect(() => TenantContext.actor()).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' })),
      { actor },
    );
  });
});
