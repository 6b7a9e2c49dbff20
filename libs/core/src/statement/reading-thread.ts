import { Worker } from 'node:worker_threads';
import { FairQueue, type Share } from '../pool/fair-queue.js';
import { messageOf } from '../support/message-of.js';
import { type TextFacts, unreadable } from './statement-facts.js';

/** Each reader has one text read at a time; those of a lease wait for one another anyway. */
const SHARE: Share = { concurrency: 1, queue: Number.POSITIVE_INFINITY };
const FOR_EVER = { timeoutMs: 0 };
/** A thread that has nothing to read for so long ends, and gives its memory back. */
const IDLE_MS = 10_000;
/** The tree of the longest text with the densest SQL takes more: such a text ends the thread, and is refused. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 768 };

interface Job {
  readonly text: string;
  readonly resolve: (facts: TextFacts) => void;
}

/** Reads long texts outside of the event loop, one after another; readers take turns. A text that breaks it costs no other text. */
export class ReadingThread {
  readonly #turns = new FairQueue(1);
  #worker: Worker | undefined;
  #job: Job | undefined;
  #idle: NodeJS.Timeout | undefined;

  /** Never rejects: a text that cannot be read has facts that say so. */
  read(text: string, reader: string): Promise<TextFacts> {
    return new Promise((resolve) => {
      this.#turns.enter(
        reader,
        SHARE,
        () => {
          this.#begin({
            text,
            resolve: (facts) => {
              resolve(facts);
              this.#turns.leave(reader);
            },
          });
        },
        FOR_EVER,
      );
    });
  }

  #begin(job: Job): void {
    clearTimeout(this.#idle);
    this.#job = job;
    try {
      this.#worker ??= this.#start();
      this.#worker.ref();
      this.#worker.postMessage(job.text);
    } catch (error) {
      this.#end(unreadable(job.text, messageOf(error)));
    }
  }

  #end(facts: TextFacts): void {
    const job = this.#job;
    this.#job = undefined;
    this.#worker?.unref();
    this.#idle = setTimeout(() => this.#stop(), IDLE_MS).unref();
    job?.resolve(facts);
  }

  #start(): Worker {
    const worker = new Worker(new URL('./reading-worker.js', import.meta.url), {
      resourceLimits: RESOURCE_LIMITS,
      name: 'rowhouse-reader',
    });
    worker.on('message', (facts: TextFacts) => this.#end(facts));
    worker.on('error', (error) => this.#broken(worker, messageOf(error)));
    worker.on('exit', () => this.#broken(worker, 'the thread that reads texts has ended'));
    return worker;
  }

  #broken(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    if (this.#job) this.#end(unreadable(this.#job.text, `it could not be read (${why})`));
  }

  #stop(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
  }
}
