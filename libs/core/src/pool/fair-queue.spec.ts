import { FairQueue, type Refusal, type Share } from './fair-queue.js';

const open: Share = { concurrency: 10, queue: 100 };
const patient = { timeoutMs: 0 };

/** Asks for turns and writes down who got one, in order. */
function record(queue: FairQueue) {
  const log: string[] = [];
  const ask = (key: string, share = open, options: { timeoutMs: number; signal?: AbortSignal } = patient) =>
    queue.enter(key, share, (refusal?: Refusal) => log.push(refusal ? `${key}: ${refusal}` : key), options);
  return { log, ask };
}

describe('FairQueue', () => {
  it('begins a turn at once while there are turns', () => {
    const queue = new FairQueue(2);
    const { log, ask } = record(queue);
    ask('a');
    ask('b');
    ask('c');
    expect(log).toEqual(['a', 'b']);
    expect(queue).toMatchObject({ active: 2, waiting: 1 });
  });

  it('serves the keys that wait in turns, however many requests one of them has', () => {
    const queue = new FairQueue(1);
    const { log, ask } = record(queue);
    for (let index = 0; index < 5; index += 1) ask('flood');
    ask('quiet');
    ask('other');
    for (const key of ['flood', 'flood', 'quiet', 'other', 'flood', 'flood']) queue.leave(key);
    expect(log).toEqual(['flood', 'flood', 'quiet', 'other', 'flood', 'flood', 'flood']);
  });

  it('leaves turns free for others when a key has its share', () => {
    const queue = new FairQueue(4);
    const { log, ask } = record(queue);
    for (let index = 0; index < 9; index += 1) ask('flood', { concurrency: 2, queue: 100 });
    ask('quiet');
    expect(log).toEqual(['flood', 'flood', 'quiet']);
    queue.leave('quiet');
    expect(log).toHaveLength(3);
    queue.leave('flood');
    expect(log).toEqual(['flood', 'flood', 'quiet', 'flood']);
  });

  it('gives a throttled key no more than it is throttled to, until it no longer is', () => {
    const queue = new FairQueue(6);
    const { log, ask } = record(queue);
    for (let index = 0; index < 3; index += 1) ask('flood');
    queue.throttle(new Map([['flood', 1]]));
    for (let index = 0; index < 3; index += 1) ask('flood');
    ask('quiet');
    expect(log).toEqual(['flood', 'flood', 'flood', 'quiet']);
    // What has begun goes on.
    queue.leave('flood');
    queue.leave('flood');
    expect(log).toHaveLength(4);
    queue.leave('flood');
    expect(log.slice(4)).toEqual(['flood']);
    queue.throttle(new Map());
    expect(log.slice(5)).toEqual(['flood', 'flood']);
    expect(queue.waiting).toBe(0);
  });

  it('gives a throttled key no more than its share either', () => {
    const queue = new FairQueue(6);
    const { log, ask } = record(queue);
    queue.throttle(new Map([['flood', 4]]));
    for (let index = 0; index < 5; index += 1) ask('flood', { concurrency: 2, queue: 100 });
    expect(log).toHaveLength(2);
  });

  it('gives a key without a stated share as many turns as are free, and at least two', () => {
    const queue = new FairQueue(12);
    const { log, ask } = record(queue);
    const greedy = { queue: 100 };
    for (let index = 0; index < 20; index += 1) ask('a', greedy);
    expect(queue.stats().get('a')).toEqual({ active: 6, waiting: 14 });
    for (let index = 0; index < 20; index += 1) ask('b', greedy);
    expect(queue.stats().get('b')).toMatchObject({ active: 3 });
    // As turns end, both come to about a third, and the rest stays free.
    for (let index = 0; index < 20; index += 1) {
      queue.leave('a');
      queue.leave('b');
      ask('a', greedy);
      ask('b', greedy);
    }
    for (const { active } of queue.stats().values()) expect([4, 5]).toContain(active);
    expect(queue.active).toBeLessThanOrEqual(9);
    log.length = 0;
    ask('quiet', greedy);
    expect(log).toEqual(['quiet']);
    const small = new FairQueue(2);
    for (let index = 0; index < 3; index += 1) small.enter('a', greedy, () => {}, patient);
    expect(small).toMatchObject({ active: 2, waiting: 1 });
  });

  it('uses every free turn when a key that was waited for leaves', () => {
    const queue = new FairQueue(2);
    const { log, ask } = record(queue);
    ask('a');
    ask('b');
    for (let index = 0; index < 3; index += 1) ask('c');
    queue.leave('a');
    queue.leave('b');
    expect(log).toEqual(['a', 'b', 'c', 'c']);
    expect(queue.stats()).toEqual(new Map([['c', { active: 2, waiting: 1 }]]));
  });

  it('refuses at once what a full queue has no room for', () => {
    const queue = new FairQueue(1);
    const { log, ask } = record(queue);
    const share = { concurrency: 1, queue: 1 };
    for (let index = 0; index < 3; index += 1) ask('a', share);
    ask('b', { concurrency: 1, queue: 0 });
    expect(log).toEqual(['a', 'a: queue-full', 'b: queue-full']);
    expect(queue.stats().size).toBe(1);
  });

  it('gives up after the time-out and when the request is aborted, and holds no turn for them', async () => {
    const queue = new FairQueue(1);
    const { log, ask } = record(queue);
    const request = new AbortController();
    ask('a');
    ask('b', open, { timeoutMs: 0, signal: request.signal });
    request.abort();
    ask('b', open, { timeoutMs: 0, signal: request.signal });
    await new Promise<void>((resolve) => {
      queue.enter('c', open, (refusal) => resolve(void log.push(`c: ${refusal}`)), { timeoutMs: 1 });
    });
    expect(log).toEqual(['a', 'b: aborted', 'b: aborted', 'c: timeout']);
    queue.leave('a');
    expect(queue.stats().size).toBe(0);
    expect(queue).toMatchObject({ active: 0, waiting: 0 });
  });

  it('takes back no turn that was not given', () => {
    expect(() => new FairQueue(1).leave('nobody')).toThrow(RangeError);
  });
});

describe('a queue that knows what suits', () => {
  it('serves the key that suits best of those that come next, and passes none for long', () => {
    const queue = new FairQueue(
      1,
      () => 0,
      (key) => (key === 'slow' ? 0 : 1),
    );
    const { log, ask } = record(queue);
    ask('first');
    ask('slow');
    for (let index = 0; index < 20; index += 1) ask(`fast${index}`);
    for (let served = 0; served < 21; served += 1) queue.leave(log.at(-1) as string);
    expect(log.indexOf('slow')).toBe(9);
    expect(log).toHaveLength(22);
    expect(queue).toMatchObject({ active: 1, waiting: 0 });
  });

  it('lets no key pass others that has just had a turn', () => {
    const queue = new FairQueue(
      1,
      () => 0,
      (key) => (key === 'flood' ? 1 : 0),
    );
    const { log, ask } = record(queue);
    for (const key of ['flood', 'flood', 'flood', 'quiet', 'other']) ask(key);
    for (let served = 0; served < 4; served += 1) queue.leave(log.at(-1) as string);
    expect(log).toEqual(['flood', 'flood', 'quiet', 'other', 'flood']);
  });

  it('serves in order those that suit alike', () => {
    const queue = new FairQueue(
      1,
      () => 0,
      () => 0,
    );
    const { log, ask } = record(queue);
    for (const key of ['a', 'b', 'a', 'c']) ask(key);
    for (const key of ['a', 'b', 'a']) queue.leave(key);
    expect(log).toEqual(['a', 'b', 'a', 'c']);
  });
});
