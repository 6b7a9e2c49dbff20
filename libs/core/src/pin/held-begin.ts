import { serialize } from 'pg-protocol';
import type { StatementFacts } from '../statement/statement-facts.js';
import type { TransactionStatus } from './pg-internals.js';

/** Transaction control of plain words: one statement, however the server reads texts. */
const PLAIN_WORDS = /^[\w\s,]+;?\s*$/;
/** The end of a transaction, which begins no other. */
const PLAIN_END = /^\s*(?:commit|end|rollback|abort)(?:\s+(?:work|transaction))?\s*;?\s*$/i;

/** What the server answers to each (manual, 54.7 "CommandComplete"). */
const TAGS: Readonly<Record<string, string>> = {
  TRANS_STMT_BEGIN: 'BEGIN',
  TRANS_STMT_START: 'START TRANSACTION',
  TRANS_STMT_COMMIT: 'COMMIT',
  TRANS_STMT_ROLLBACK: 'ROLLBACK',
};

/** The server's answer to a statement that was not sent. */
export interface LocalAnswer {
  readonly tag: string;
  readonly status: TransactionStatus;
}

/** Whether one small message of the simple protocol will do, which holds no parameters and describes nothing. */
export function isPlainControl(text: string): boolean {
  return PLAIN_WORDS.test(text);
}

/**
 * The BEGIN of a transaction. It is answered at once, and sent in front of the first statement: a round trip less, and nothing where no
 * statement follows. PostgreSQL takes its snapshot with the first statement in either case (manual, 13.2 "Transaction Isolation"); only
 * `now()` is a moment later.
 */
export class HeldBegin {
  #begin: readonly Uint8Array[] = [];
  /** In front of the next batch. */
  #messages: readonly Uint8Array[] = [];
  /** Commands of the batch under way that are not answered yet. */
  #awaited = 0;
  #isFirst = false;

  /** What goes in front of the next batch. */
  get messages(): readonly Uint8Array[] {
    return this.#messages;
  }

  /** Whether the next answer is to what went in front of the batch. */
  get isAwaited(): boolean {
    return this.#awaited > 0;
  }

  /** Whether the batch under way has begun its transaction: nothing else has happened in it. */
  get isFirst(): boolean {
    return this.#isFirst;
  }

  /** The answer to a statement that need not be sent, or not yet. */
  answer({ text, transaction = '' }: StatementFacts, status: TransactionStatus): LocalAnswer | undefined {
    const tag = TAGS[transaction];
    if (tag === undefined) return undefined;
    if (transaction === 'TRANS_STMT_BEGIN' || transaction === 'TRANS_STMT_START') {
      if (status !== 'I' || !PLAIN_WORDS.test(text)) return undefined;
      this.#begin = command(text);
      this.#messages = this.#begin;
      return { tag, status: 'T' };
    }
    const isUnsent = this.#messages.length > 0 && this.#messages === this.#begin;
    if (!isUnsent || !PLAIN_END.test(text)) return undefined;
    this.#messages = [];
    return { tag, status: 'I' };
  }

  /** The messages were written. */
  written(): void {
    if (this.#messages.length === 0) return;
    this.#awaited = this.#messages === this.#begin ? 1 : 2;
    this.#isFirst = true;
    this.#messages = [];
  }

  /** The server has completed a command. @returns whether it was one of these. */
  answered(): boolean {
    if (this.#awaited === 0) return false;
    this.#awaited -= 1;
    return true;
  }

  /** The server has refused the rest of the batch. */
  failed(): void {
    this.#awaited = 0;
  }

  /** The batch is over. */
  ended(): void {
    this.#isFirst = false;
  }

  /** Begins the transaction anew, whose first statement has failed. */
  again(): void {
    this.#messages = [...command('rollback'), ...this.#begin];
  }
}

/** A statement without a Sync. */
function command(text: string): readonly Uint8Array[] {
  return [serialize.parse({ text }), serialize.bind({}), serialize.execute({})];
}
