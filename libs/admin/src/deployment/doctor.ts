import type { DoctorReport } from '@rowhouse/core';

/** Injection token of an {@link ExamineDeployment}, in a server of its own that has no {@link TenancyModule}. */
export const EXAMINE_DEPLOYMENT = Symbol('rowhouse.examine-deployment');

/** Examines the deployment, as `examine()` does with the options of the app. */
export type ExamineDeployment = (options: { readonly quick: boolean }) => Promise<DoctorReport>;

/** Examines at the request of operators. Those who ask while an examination is under way get the report of that one. */
export class Doctor {
  readonly #examine: ExamineDeployment;
  readonly #underWay = new Map<boolean, Promise<DoctorReport>>();

  constructor(examine: ExamineDeployment) {
    this.#examine = examine;
  }

  examine({ quick }: { readonly quick: boolean }): Promise<DoctorReport> {
    const underWay = this.#underWay.get(quick);
    if (underWay) return underWay;
    const report = this.#examine({ quick }).finally(() => this.#underWay.delete(quick));
    this.#underWay.set(quick, report);
    return report;
  }
}
