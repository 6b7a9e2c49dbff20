/** The header `Content-Disposition` of a file (RFC 6266): it is saved under its name, and shown by no browser. */
export function attachmentOf(name: string): string {
  const plain = name.replace(/[^ -~]|["\\%]/g, '_');
  // RFC 8187, attr-char
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
