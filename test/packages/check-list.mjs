/** Checks with names: prints a line for each, and a summary at the end. */
export class CheckList {
  #passed = 0;
  #failed = [];
  #title = '';
  #print;
  #partEnds = () => {};

  /** @param {(text: string) => void} print - takes what is said of each check. */
  constructor(print = (text) => console.log(text)) {
    this.#print = print;
  }

  section(title) {
    this.#title = title;
    this.#print(`\n${title}`);
  }

  /** Prints something beside the checks. */
  note(text) {
    this.#print(text.replaceAll(/^/gm, '        '));
  }

  /**
   * Does works at the same time that do not need each other. What is said in a part is printed when the part has ended.
   *
   * @param {...(list: CheckList) => Promise<unknown>} works
   */
  async together(...works) {
    await Promise.all(
      works.map(async (work) => {
        const said = [];
        const list = new CheckList((text) => said.push(text));
        list.#partEnds = () => this.#print(said.splice(0).join('\n'));
        try {
          await work(list);
        } finally {
          this.#passed += list.#passed;
          this.#failed.push(...list.#failed);
        }
      }),
    );
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
      this.#print(`  FAIL  ${name}\n${indented(error)}`);
      return false;
    }
    this.#passed += 1;
    this.#print(`  ok    ${name}`);
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
    } finally {
      this.#partEnds();
    }
  }

  /** Prints the summary and sets the exit code. */
  finish() {
    const total = this.#passed + this.#failed.length;
    this.#print(`\n${this.#passed} of ${total} checks passed.`);
    for (const name of this.#failed) this.#print(`  failed: ${name}`);
    process.exitCode = this.#failed.length === 0 ? 0 : 1;
  }
}

class CannotGoOn extends Error {}

function indented(error) {
  const text =
    error instanceof Error ? (error.name === 'AssertionError' ? error.message : error.stack) : error;
  return String(text).replaceAll(/^/gm, '        ');
}
