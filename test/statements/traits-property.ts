import { StatementReader, type TextFacts } from '@rowhouse/core/internal';
import fc from 'fast-check';
import { checkSeeded } from '../support/seeded-property.js';
import { type Program, program } from './programs.js';
import type { Answer, Session } from './session.js';

/** Programs that leave nothing, by their traits, share one look at the server. */
const PROGRAMS_PER_RUN = 200;

const CONTROL_TAGS = new Set([
  ...['BEGIN', 'START TRANSACTION', 'COMMIT', 'ROLLBACK', 'SAVEPOINT', 'RELEASE', 'PREPARE TRANSACTION'],
  ...['COMMIT PREPARED', 'ROLLBACK PREPARED'],
]);

/** Is not printed in full when a run fails. */
class Batch {
  readonly programs: readonly Program[];

  constructor(programs: readonly Program[]) {
    this.programs = programs;
  }

  [fc.toStringMethod](): string {
    return `${this.programs.length} programs`;
  }
}

/** Counts of what was tried. */
export interface Tally {
  texts: number;
  failed: number;
  /** Programs that left something. */
  left: number;
  /** Programs of one statement that left nothing although they might have, by their kind. */
  readonly falsePositives: Map<string, number>;
}

/** The traits of each text agree with what the server shows after it. */
export class TraitsProperty {
  readonly tally: Tally = { texts: 0, failed: 0, left: 0, falsePositives: new Map() };
  readonly #session: Session;
  readonly #reader: StatementReader;

  constructor(session: Session, reader: StatementReader) {
    this.#session = session;
    this.#reader = reader;
  }

  async check(name: string, runs: number): Promise<void> {
    const batches = fc
      .array(program, { minLength: PROGRAMS_PER_RUN, maxLength: PROGRAMS_PER_RUN })
      .map((programs) => new Batch(programs));
    // Programs do not depend on each other, and errors name the one that is at fault: there is nothing to shrink.
    await checkSeeded(
      fc.asyncProperty(fc.noShrink(batches), ({ programs }) => this.#run(programs)),
      { name, runs },
    );
  }

  async #run(programs: readonly Program[]): Promise<void> {
    const harmless: Program[] = [];
    for (const one of programs) {
      if (one.texts.some((text) => this.#factsOf(text).traits.leavesSessionState)) await this.#runOne(one);
      else harmless.push(one);
    }
    for (const one of harmless) await this.#send(one);
    if ((await this.#session.leftState()).length === 0) return;
    await this.#session.discard();
    for (const one of harmless) await this.#runOne(one);
    throw new Error(`None of these left anything by itself, but all together did:\n${show(harmless)}`);
  }

  /** Runs a program, looks at what it has left, and takes it away. */
  async #runOne(one: Program): Promise<void> {
    const succeeded = await this.#send(one);
    const left = await this.#session.leftState();
    const facts = one.texts.map((text) => this.#factsOf(text));
    if (left.length === 0) {
      const [only, ...others] = facts.flatMap(({ statements }) => statements);
      if (only?.traits.leavesSessionState && succeeded && others.length === 0)
        this.#countFalsePositive(only.kind);
      return;
    }
    this.tally.left += 1;
    if (!facts.some(({ traits }) => traits.leavesSessionState))
      throw new Error(`Left ${left.join(', ')}, and leavesSessionState is false:\n${show([one])}`);
    const repins = left.some((what) =>
      /^setting (?:search_path|role|session_authorization|rowhouse)/.test(what),
    );
    if (repins && !facts.some(({ traits }) => traits.mayUnpin))
      throw new Error(`Left ${left.join(', ')}, and mayUnpin is false:\n${show([one])}`);
    await this.#session.discard();
  }

  /** @returns whether the server refused none of its texts. */
  async #send({ texts, frame }: Program): Promise<boolean> {
    if (frame !== 'none') await this.#session.begin();
    let succeeded = true;
    for (const text of texts) {
      const pinned = this.#session.status === 'T' ? await this.#session.pinned() : undefined;
      const answer = await this.#session.send(text);
      this.tally.texts += 1;
      if (answer.error) {
        this.tally.failed += 1;
        succeeded = false;
      }
      const facts = this.#factsOf(text);
      expectControl(text, facts, answer);
      if (pinned === undefined || answer.after !== 'T' || facts.traits.mayUnpin) continue;
      // A connection knows by their tags that these end the settings of a transaction.
      if (answer.tags.some((tag) => tag === 'COMMIT' || tag === 'ROLLBACK')) continue;
      const now = await this.#session.pinned();
      if (now !== pinned) throw new Error(`Changed the pin to ${now}, and mayUnpin is false:\n${text}`);
    }
    await this.#session.finish(frame === 'rollback' ? 'rollback' : 'commit');
    return succeeded;
  }

  #countFalsePositive(kind: string): void {
    this.tally.falsePositives.set(kind, (this.tally.falsePositives.get(kind) ?? 0) + 1);
  }

  #factsOf(text: string): TextFacts {
    const facts = this.#reader.read(text);
    if (facts instanceof Promise) throw new Error('A text is too long for this property.');
    return facts;
  }
}

/** Transaction control is what the server says it is: by its status, and by the tags of what it completed. */
function expectControl(
  text: string,
  { traits, isKnown }: TextFacts,
  { error, tags, before, after }: Answer,
): void {
  const said = `${before} became ${after} (${error?.message ?? tags.join(', ')}):\n${text}`;
  const isControl = tags.some((tag) => CONTROL_TAGS.has(tag)) || (before !== after && after !== 'E');
  if (isControl && !traits.isTransactionControl) throw new Error(`isTransactionControl is false, ${said}`);
  // SET TRANSACTION has the tag of any SET.
  const mayBe = isControl || error !== undefined || tags.includes('SET');
  if (traits.isTransactionControl && !mayBe) throw new Error(`isTransactionControl is true, ${said}`);
  if (!isKnown && !error) throw new Error(`The parser does not know what the server ran, ${said}`);
}

function show(programs: readonly Program[]): string {
  return programs.map(({ texts, frame }) => `${frame}: ${JSON.stringify(texts)}`).join('\n');
}
