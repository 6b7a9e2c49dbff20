/** Changes of a membership between two otherwise unused roles. Like each new tenant, they make every server process read its memberships again. */
export class MembershipChange {
  #admin;
  #roles;
  #isMember = false;

  static async open({ admin, name, createRole }) {
    const roles = [`${name}_group`, `${name}_member`];
    for (const role of roles) await createRole(role, 'nologin');
    return new MembershipChange(admin, roles);
  }

  constructor(admin, roles) {
    this.#admin = admin;
    this.#roles = roles;
  }

  async make() {
    const [group, member] = this.#roles;
    await this.#admin.query(
      this.#isMember ? `revoke ${group} from ${member}` : `grant ${group} to ${member}`,
    );
    this.#isMember = !this.#isMember;
  }
}
