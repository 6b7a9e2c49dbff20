/** The table of `TenantFile`, as `rowhouse migration generate` makes it. */
class AddFiles1764288000000 {
  async up(runner) {
    await runner.query(`create table tenant_files (
      id uuid primary key, module text not null, name text not null, content_type text not null, size_bytes bigint not null,
      description text, state text not null, reason text, sha256 text, created_at timestamptz(3) not null,
      upload_expires_at timestamptz(3) not null, claim uuid, claimed_until timestamptz(3), deleted_at timestamptz(3))`);
    await runner.query('create index on tenant_files (created_at, id)');
  }

  async down() {}
}

export const MIGRATIONS = [AddFiles1764288000000];
