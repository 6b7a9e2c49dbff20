/** Checks with names: prints a line for each, and a summary at the end. */
export class CheckList {
  #passed = 0;
  #failed = [];
  #title = '';

  section(title) {
    this.#title = title;
    console.log(`\n${title}`);
  }

  /**
   * Runs one check; it fails when `work` throws. What comes after it goes on.
   *
   * @param {string} name - what is true when it passes.
   * @param {() => unknown} work
   * @returns {Promise<boolean>} whether it passed.
   */
  async check(name, work) {
    try {
      await work();
    } catch (error) {
      this.#failed.push(`${this.#title}: ${name}`);
      console.log(`  FAIL  ${name}\n${indented(error)}`);
      return false;
    }
    this.#passed += 1;
    console.log(`  ok    ${name}`);
    return true;
  }

  /**
   * A step that later checks stand on.
   *
   * @template T
   * @param {string} name
   * @param {() => Promise<T> | T} work
   * @returns {Promise<T>} what `work` returned.
   * @throws {CannotGoOn} when it failed.
   */
  async step(name, work) {
    let result;
    const passed = await this.check(name, async () => {
      result = await work();
    });
    if (!passed) throw new CannotGoOn(name);
    return result;
  }

  /** Runs a part of the list; when a step in it fails, what follows the part still runs. */
  async part(title, work) {
    this.section(title);
    try {
      await work();
    } catch (error) {
      if (error instanceof CannotGoOn) return;
      await this.check('ends without an unexpected error', () => Promise.reject(error));
    }
  }

  /** Prints the summary and sets the exit code. */
  finish() {
    const total = this.#passed + this.#failed.length;
    console.log(`\n${this.#passed} of ${total} checks passed.`);
    for (const name of this.#failed) console.log(`  failed: ${name}`);
    process.exitCode = this.#failed.length === 0 ? 0 : 1;
  }
}

class CannotGoOn extends Error {}

function indented(error) {
  const text =
    error instanceof Error ? (error.name === 'AssertionError' ? error.message : error.stack) : error;
  return String(text).replaceAll(/^/gm, '        ');
}
