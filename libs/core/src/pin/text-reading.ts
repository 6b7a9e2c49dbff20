import type { PoolGuard } from '../statement/guard/pool-guard.js';
import type { TextFacts } from '../statement/statement-facts.js';
import { StatementReader } from '../statement/statement-reader.js';
import type { Pin } from './pin.js';

/** Asks the database of a connection, in front of what waits to be sent on it. */
type Ask = (text: string, values: readonly unknown[]) => Promise<{ rows: unknown[] }>;

/** What is to be known before the queries of one connection are sent: the facts of their texts, and what the guard asks for. */
export class TextReading {
  readonly #guard: PoolGuard;
  readonly #ask: Ask;
  #reader: StatementReader | undefined;

  constructor(guard: PoolGuard, ask: Ask) {
    this.#guard = guard;
    this.#ask = ask;
  }

  /** Must be called before anything is read. @param ask - for a connection that has no queries yet. */
  async begin(ask: Ask): Promise<void> {
    this.#reader = await StatementReader.load();
    await this.#guard.refresh(ask);
  }

  /** The facts of texts: at once, but for long texts and for functions that the database has to be asked about. */
  factsOf(texts: readonly string[], pin: Pin): readonly TextFacts[] | Promise<readonly TextFacts[]> {
    if (!this.#reader) throw new Error('A connection was used before it was identified.');
    const reader = this.#reader;
    const facts = texts.map((text) => reader.read(text, pin.key));
    const isRead = facts.every((fact): fact is TextFacts => !(fact instanceof Promise));
    if (isRead) return this.#learn(facts as TextFacts[], pin);
    return Promise.all(facts).then((all) => this.#learn(all, pin));
  }

  #learn(
    facts: readonly TextFacts[],
    { guarded }: Pin,
  ): readonly TextFacts[] | Promise<readonly TextFacts[]> {
    const learning = guarded && this.#guard.learn(facts, guarded, this.#ask);
    return learning ? learning.then(() => facts) : facts;
  }
}
