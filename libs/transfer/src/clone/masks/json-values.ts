/** Makes the new JSON text of a scalar. @param path - of the keys above it; `*` for an item of an array. */
export type MapScalar = (raw: string, path: readonly string[]) => string;

const TOKEN = /\s+|"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:,]|[^\s{}[\]:,"]+/gsy;

interface Level {
  readonly isArray: boolean;
  key: string;
}

/**
 * Replaces the scalars of a JSON document that PostgreSQL has written, and leaves everything else as it is written: numbers keep digits
 * that JavaScript's have not, and keys their order.
 */
export function mapJson(text: string, map: MapScalar): string {
  const levels: Level[] = [];
  let awaitsKey = false;
  return text.replace(TOKEN, (token) => {
    const level = levels.at(-1);
    switch (token[0]) {
      case '{':
      case '[':
        levels.push({ isArray: token === '[', key: '*' });
        awaitsKey = token === '{';
        return token;
      case '}':
      case ']':
        levels.pop();
        awaitsKey = false;
        return token;
      case ',':
        awaitsKey = level?.isArray === false;
        return token;
      case ':':
        awaitsKey = false;
        return token;
    }
    if (/^\s/.test(token)) return token;
    if (awaitsKey && level) {
      level.key = JSON.parse(token) as string;
      return token;
    }
    return map(
      token,
      levels.map(({ key }) => key),
    );
  });
}
