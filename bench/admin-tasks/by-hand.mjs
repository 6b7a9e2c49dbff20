/** Somebody at a page: counts what is clicked and typed. */
export class Hand {
  clicks = 0;
  keys = 0;

  constructor(page) {
    this.page = page;
  }

  async click(locator) {
    this.clicks += 1;
    await locator.click();
  }

  button(name, within = this.page) {
    return this.click(within.getByRole('button', { name, exact: true }));
  }

  link(name, within = this.page) {
    return this.click(within.getByRole('link', { name, exact: true }));
  }

  /** In a field that has to be clicked first. */
  async type(locator, text) {
    await this.click(locator);
    this.keys += text.length;
    await locator.pressSequentially(text);
  }

  /** Into a menu of pages. */
  goTo(name) {
    return this.link(name, this.page.getByRole('navigation'));
  }
}

/** Somebody at a terminal: counts commands and their keys, with Enter. */
export class Terminal {
  commands = 0;
  keys = 0;

  /** @param {(args: string[]) => Promise<string>} run */
  constructor(run) {
    this.run = run;
  }

  type(line) {
    this.commands += 1;
    this.keys += line.length + 1;
    return this.run(line.split(' ').slice(1));
  }
}
