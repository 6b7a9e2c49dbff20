/** How long one step may take before the next one begins. */
const STEP_LIMIT_MS = 15_000;

/** Steps to undo at the end, also after an error or a signal. They run in reverse order, each even if another failed. */
export class CleanUp {
  #steps = [];
  #done;
  /** True when a signal ends the run. Failures of work in progress are then expected, and not reported. */
  interrupted = false;

  /** @param {() => unknown} step */
  add(step) {
    this.#steps.push(step);
  }

  run() {
    this.#done ??= this.#runAll();
    return this.#done;
  }

  /** Runs the clean-up on SIGINT and SIGTERM before the process ends. */
  onSignals() {
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ]) {
      process.once(signal, () => {
        this.interrupted = true;
        process.stderr.write(`\n${signal}: stopping the apps and the database …\n`);
        this.run().finally(() => process.exit(code));
      });
    }
  }

  async #runAll() {
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      await withLimit(step).catch((error) => process.stderr.write(`clean-up: ${error}\n`));
    }
  }
}

async function withLimit(step) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`gave up after ${STEP_LIMIT_MS} ms`)), STEP_LIMIT_MS);
  });
  try {
    await Promise.race([step(), limit]);
  } finally {
    clearTimeout(timer);
  }
}
