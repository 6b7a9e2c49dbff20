import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const READY_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 5_000;

/** A child process that answers requests over its IPC channel. It is killed if it does not answer. */
export class Child {
  #process;
  #questions = new Map();
  #nextId = 1;
  /** The message that it sent when it was ready. */
  ready;

  /**
   * @param {object} options
   * @param {string} options.name for messages
   * @param {URL} options.file
   * @param {Record<string, string>} [options.env]
   * @param {string[]} [options.execArgv]
   * @param {import('./clean-up.mjs').CleanUp} options.cleanUp
   */
  static async start({ name, file, env = {}, execArgv = [], cleanUp }) {
    const child = new Child(name, file, env, execArgv);
    cleanUp.add(() => child.kill());
    await child.#untilReady();
    return child;
  }

  constructor(name, file, env, execArgv) {
    this.name = name;
    // Its output goes to our standard error, because standard output is for the result only.
    this.#process = fork(fileURLToPath(file), [], {
      env: { ...process.env, ...env },
      execArgv,
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    this.#process.on('message', (message) => this.#receive(message));
    this.#process.once('exit', (code, signal) => this.#ended(`${name} ended (${signal ?? `code ${code}`})`));
    this.#process.once('error', (error) => this.#ended(`${name}: ${error.message}`));
  }

  get pid() {
    return this.#process.pid;
  }

  get isRunning() {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Asks, and waits for the answer at most `timeoutMs`. */
  ask(type, question = {}, timeoutMs = 10_000) {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (!this.isRunning) {
        reject(new Error(`${this.name} has ended`));
        return;
      }
      const timer = setTimeout(() => {
        this.#questions.delete(id);
        reject(new Error(`${this.name} did not answer "${type}" within ${timeoutMs} ms`));
      }, timeoutMs);
      this.#questions.set(id, { resolve, reject, timer });
      this.#process.send(
        { ...question, id, type },
        (error) => error && this.#settle(id, { error: error.message }),
      );
    });
  }

  /** Asks it to end, and kills it if it does not. */
  async stop() {
    if (!this.isRunning) return;
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    const timer = setTimeout(() => this.kill(), STOP_WITHIN_MS);
    this.ask('stop', {}, STOP_WITHIN_MS).catch(() => undefined);
    await gone;
    clearTimeout(timer);
  }

  kill() {
    if (this.isRunning) this.#process.kill('SIGKILL');
  }

  #untilReady() {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.kill();
        reject(new Error(`${this.name} was not ready within ${READY_WITHIN_MS} ms`));
      }, READY_WITHIN_MS);
      this.#questions.set('ready', { resolve, reject, timer });
    });
  }

  #receive(message) {
    if (message.type === 'ready') {
      this.ready = message;
      this.#settle('ready', { result: message });
    } else {
      this.#settle(message.id, message);
    }
  }

  #settle(id, { result, error }) {
    const question = this.#questions.get(id);
    if (!question) return;
    this.#questions.delete(id);
    clearTimeout(question.timer);
    if (error === undefined) question.resolve(result);
    else question.reject(new Error(`${this.name}: ${error}`));
  }

  #ended(reason) {
    for (const id of [...this.#questions.keys()]) this.#settle(id, { error: reason });
  }
}
