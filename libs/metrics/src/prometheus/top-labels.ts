/** The values of a tenant, by what is counted. */
export type Values = readonly number[];

/**
 * Which tenants have a label of their own, and what their series show. No series ever goes back, and at each moment all series together are
 * what was counted altogether: a tenant that gets its label late begins at zero, and what it did before stays with the others.
 *
 * A label stays until the process ends, so there are at most twice as many as there are at the start.
 */
export class TopLabels {
  readonly #most: number;
  /** What of each tenant's values is shown with the others. */
  readonly #bases = new Map<string, Values>();
  /** The latest values: those of a tenant that was purged are still part of the sum. */
  readonly #latest = new Map<string, Values>();
  #isFirst = true;

  /** @param count - tenants with labels at the start. */
  constructor(readonly count: number) {
    this.#most = 2 * count;
  }

  get ids(): readonly string[] {
    return [...this.#bases.keys()];
  }

  /**
   * @param everything - the sums over all.
   * @param tenants - the present values of those that have a label, and of those who did most.
   * @param top - the ids of those who did most.
   */
  show(
    everything: Values,
    tenants: ReadonlyMap<string, Values>,
    top: readonly string[],
  ): { readonly labelled: ReadonlyMap<string, Values>; readonly others: Values } {
    for (const id of top) this.#admit(id, tenants.get(id));
    this.#isFirst = false;
    const labelled = new Map<string, Values>();
    for (const [id, base] of this.#bases) {
      const present = tenants.get(id);
      if (!present) continue;
      this.#latest.set(id, present);
      labelled.set(id, subtract(present, base));
    }
    let others = everything;
    for (const [id, latest] of this.#latest)
      others = subtract(others, subtract(latest, this.#bases.get(id) ?? []));
    return { labelled, others };
  }

  #admit(id: string, values: Values | undefined): void {
    if (!values || this.#bases.has(id) || this.#bases.size >= this.#most) return;
    this.#bases.set(id, this.#isFirst ? values.map(() => 0) : values);
  }
}

function subtract(from: Values, values: Values): Values {
  return from.map((value, index) => value - (values[index] ?? 0));
}
