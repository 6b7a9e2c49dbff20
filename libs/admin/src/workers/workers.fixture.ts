import {
  type Fleet,
  type PlannedMove,
  type RelocationControl,
  WorkerUnknownError,
} from '@rowhouse/migrations/fleet';

/** The workers of a fleet that is on none. */
export const PRETENDED_WORKERS = ['worker-1:5432', 'worker-2:5432'] as const;

const SIZE_BYTES = 8_000_000;

/** Has a fleet without Citus answer as one of Citus whose tenants are on the first of two workers. Nothing is moved. */
export class PretendedWorkers {
  readonly #places = new Map<string, string>();
  /** What moves wait for half-way. */
  #gate: Promise<void> = Promise.resolve();

  constructor({ workers, tenants }: Pick<Fleet, 'workers' | 'tenants'>) {
    const find = async (slugOrId: string) => (await tenants.find(slugOrId)).id;
    Object.assign(workers, {
      areThere: async () => true,
      list: async () =>
        PRETENDED_WORKERS.map((name) => {
          const own = [...this.#places.values()].filter((place) => place === name).length;
          return { name, tenants: own, sizeBytes: own * SIZE_BYTES };
        }),
      of: async (asked: readonly { readonly id: string }[]) => {
        for (const { id } of asked) this.#places.set(id, this.#places.get(id) ?? PRETENDED_WORKERS[0]);
        return new Map(asked.map(({ id }) => [id, this.#places.get(id) ?? '']));
      },
      plan: async (): Promise<readonly PlannedMove[]> => {
        const [id] = [...this.#places].find(([, place]) => place === PRETENDED_WORKERS[0]) ?? [];
        if (id === undefined) return [];
        const { slug } = await tenants.find(id);
        return [{ slug, from: PRETENDED_WORKERS[0], to: PRETENDED_WORKERS[1], sizeBytes: SIZE_BYTES }];
      },
      check: async (slugOrId: string, to: string) => {
        await find(slugOrId);
        const worker = PRETENDED_WORKERS.find((name) => name === to);
        if (!worker) throw new WorkerUnknownError(`There is no worker "${to}".`);
        return worker;
      },
      relocate: async (slugOrId: string, to: string, { signal, onProgress }: RelocationControl) => {
        const id = await find(slugOrId);
        onProgress?.({
          ...{ copiedBytes: SIZE_BYTES / 4, totalBytes: SIZE_BYTES },
          ...{ table: 'products', phase: 'Copying Data' },
        });
        const aborted = new Promise((_, reject) =>
          signal?.addEventListener('abort', () => reject(signal.reason)),
        );
        await Promise.race([this.#gate, aborted]);
        signal?.throwIfAborted();
        this.#places.set(id, to);
        return to;
      },
    } satisfies Partial<Fleet['workers']>);
  }

  /** Keeps moves from ending, until the returned function is called. */
  hold(): () => void {
    let release = () => {};
    this.#gate = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }
}
