const ELEMENT = /"([^"\\]*(?:\\.[^"\\]*)*)"|[^{},"]+/gs;

/** Replaces the elements of an array as PostgreSQL writes it (manual, 8.15.6), but for NULLs. Its shape stays. */
export function mapElements(array: string, map: (element: string) => string | null): string {
  const begin = array.indexOf('{');
  const elements = array.slice(begin).replace(ELEMENT, (token, quoted: string | undefined) => {
    if (quoted === undefined && token.toUpperCase() === 'NULL') return token;
    const mapped = map((quoted ?? token).replace(/\\(.)/gs, '$1'));
    return mapped === null ? 'NULL' : `"${mapped.replace(/["\\]/g, '\\$&')}"`;
  });
  return array.slice(0, begin) + elements;
}
