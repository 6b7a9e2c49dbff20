/** Names end in the time at which the migrations were made. */
const TIME_DIGITS = 13;

/** The name of a migration; where it has no room in a line, its time is in the next one. */
export function MigrationName({ name }: { name: string }) {
  return (
    <span className="code">
      {name.slice(0, -TIME_DIGITS)}
      <wbr />
      {name.slice(-TIME_DIGITS)}
    </span>
  );
}
