/** The header of an entry in tar, and a block of its content: POSIX.1-2001, pax, "ustar Interchange Format". */
export const BLOCK_BYTES = 512;

/** Each field that is not zero, with where it begins. Of users, groups and times nothing is said: the same entries make the same archive. */
const MODE = { at: 100, text: '0000600' };
const USER = { at: 108, text: '0000000' };
const GROUP = { at: 116, text: '0000000' };
const TIME = { at: 136, text: '00000000000' };
const FILE = { at: 156, text: '0' };
const MAGIC = { at: 257, text: 'ustar\x0000' };
const SIZE_AT = 124;
const SIZE_DIGITS = 11;
const CHECKSUM_AT = 148;
const CHECKSUM_DIGITS = 6;
/** The checksum counts itself as blanks. */
const NO_CHECKSUM = '        ';

/**
 * Writes the header of a file.
 *
 * @param name - at most 100 characters of ASCII.
 * @param block - has {@link BLOCK_BYTES} bytes, which may be used ones.
 */
export function writeTarHeader(block: Buffer, name: string, sizeBytes: number): void {
  block.fill(0);
  block.write(name, 'latin1');
  for (const { at, text } of [MODE, USER, GROUP, TIME, FILE, MAGIC]) block.write(text, at, 'latin1');
  block.write(octal(sizeBytes, SIZE_DIGITS), SIZE_AT, 'latin1');
  block.write(NO_CHECKSUM, CHECKSUM_AT, 'latin1');
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${octal(sum, CHECKSUM_DIGITS)}\0 `, CHECKSUM_AT, 'latin1');
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}
