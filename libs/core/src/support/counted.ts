/** A number with its noun: `12 tenants`, `1 tenant`. */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
