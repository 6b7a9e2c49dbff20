const KEY = 'rowhouse.uploads';
/** Older ones have expired at the server. */
const KEPT = 20;

type Remembered = readonly (readonly [fingerprint: string, id: string])[];

/** Which upload is that of a file: it goes on after the page was loaded again, when the same file is chosen. */
export function rememberedUpload(file: File): string | undefined {
  return read().find(([fingerprint]) => fingerprint === fingerprintOf(file))?.[1];
}

export function rememberUpload(file: File, id: string): void {
  write([...othersThan(file), [fingerprintOf(file), id] as const].slice(-KEPT));
}

export function forgetUpload(file: File): void {
  write(othersThan(file));
}

const fingerprintOf = ({ name, size, lastModified }: File): string => `${size} ${lastModified} ${name}`;

const othersThan = (file: File): Remembered =>
  read().filter(([fingerprint]) => fingerprint !== fingerprintOf(file));

function read(): Remembered {
  return JSON.parse(localStorage.getItem(KEY) ?? '[]') as Remembered;
}

function write(uploads: Remembered): void {
  localStorage.setItem(KEY, JSON.stringify(uploads));
}
